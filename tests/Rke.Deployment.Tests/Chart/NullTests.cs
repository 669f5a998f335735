using System.Text.Json.Nodes;
using Rke.Deployment.Tests.Tools;

namespace Rke.Deployment.Tests.Chart;

/// <summary>Helm removes a value that is null, with its default.</summary>
public class NullTests
{
    public static TheoryData<string> Sections()
    {
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(RepositoryPaths.Chart, "values.schema.json")))!;
        var data = new TheoryData<string>();
        Add(schema, "");
        return data;

        void Add(JsonNode section, string prefix)
        {
            foreach (var (key, value) in section["properties"]!.AsObject())
            {
                // The keys in resources are Kubernetes' own.
                var reference = ((string?)value!["$ref"])?.Split('/')[^1];
                var node = reference is null ? value : schema["definitions"]![reference]!;
                if (node["properties"] is not null && reference != "resources")
                {
                    data.Add(prefix + key);
                    Add(node, $"{prefix}{key}.");
                }
            }
        }
    }

    [Theory, MemberData(nameof(Sections))]
    public async Task A_section_that_is_null_has_its_defaults(string path)
    {
        var keys = path.Split('.');
        var removed = Everything();
        var parent = keys[..^1].Aggregate<string, JsonObject?>(removed, (section, key) => section?[key]?.AsObject());
        parent?.Remove(keys[^1]);
        var expected = await Helm.TryTemplateAsync(removed);

        var json = keys.Reverse().Aggregate("null", (inner, key) => $$"""{ "{{key}}": {{inner}} }""");
        var run = await Helm.TryTemplateAsync(Everything().With(json));

        Assert.Equal((expected.ExitCode, expected.Output, expected.Errors), (run.ExitCode, run.Output, run.Errors));
        Assert.DoesNotContain("nil pointer", run.Errors);
    }

    [Fact]
    public async Task A_single_value_that_is_null_has_its_default_and_a_list_or_map_is_empty()
    {
        var values = ChartValues.Least().With("""
            {
              "grpc": { "port": null }, "drain": { "callSeconds": null }, "listenAddress": null,
              "dashboard": { "enabled": true, "labels": null },
              "networkPolicy": { "callers": null, "dns": null }, "labels": null, "tests": { "enabled": false }
            }
            """);
        var manifests = await Manifests.CheckAsync("null", await Helm.TemplateAsync(values));
        Assert.Empty(manifests.Problems);
        var container = manifests.Get("Deployment", Helm.FullName)["spec"]!["template"]!["spec"]!["containers"]![0]!;
        Assert.Equal(5001, (int)container["ports"]![0]!["containerPort"]!);
        var dashboard = manifests.Get("ConfigMap", $"{Helm.FullName}-dashboard");
        Assert.Null(dashboard["metadata"]!["labels"]!["grafana_dashboard"]);
        var policy = manifests.Get("NetworkPolicy", Helm.FullName)["spec"]!.ToJsonString();
        Assert.DoesNotContain("kube-dns", policy);
        Assert.DoesNotContain("\"port\":\"grpc\"", policy);
    }

    private static JsonObject Everything() => ChartValues.Least().With("""
        {
          "autoscaling": { "enabled": true }, "signal": { "enabled": true }, "mesh": "istio",
          "grpcRoute": { "enabled": true, "parentRefs": [{ "name": "public" }] },
          "telemetry": { "otlpEndpoint": "http://192.0.2.8:4317" },
          "networkPolicy": { "telemetry": [{ "ipBlock": { "cidr": "192.0.2.8/32" } }] },
          "tls": { "secretName": "rke-tls" }, "sessions": { "sealingKey": { "secretName": "rke-sealing" } },
          "serviceMonitor": { "enabled": true }, "prometheusRule": { "enabled": true }, "dashboard": { "enabled": true },
          "image": { "tag": "test" }, "settings": { "Dns": { "Rounds": 2 } }, "limits": { "coin": { "posts": 3 } }
        }
        """);
}
