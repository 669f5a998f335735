using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Rke.UdpBridge;
using Endpoint = Rke.V1.Endpoint;

namespace Rke.Cli;

/// <summary>Serves the metrics of the agent at <c>/metrics</c>, in the text format of Prometheus.</summary>
internal sealed class AgentMetrics : IAsyncDisposable
{
    private readonly WebApplication _app;

    private AgentMetrics(WebApplication app) => _app = app;

    public static async Task<AgentMetrics> StartAsync(Endpoint endpoint, AgentRunner runner, TimeProvider timeProvider)
    {
        if (!IPAddress.TryParse(endpoint.Host, out var address))
        {
            throw new FailureException(ExitCode.Invalid, $"The setting 'metrics' needs an IP address, and '{endpoint.Host}' is none.");
        }

        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(address, (int)endpoint.Port));
        var app = builder.Build();
        app.Run(context => AnswerAsync(context, runner, timeProvider));
        try
        {
            await app.StartAsync();
        }
        catch (IOException exception)
        {
            await app.DisposeAsync();
            throw new FailureException(
                ExitCode.Unexpected, $"The metrics cannot be served at {endpoint.Host}:{endpoint.Port}: {exception.Message}", "Change the setting 'metrics'.");
        }

        return new(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static Task AnswerAsync(HttpContext context, AgentRunner runner, TimeProvider timeProvider)
    {
        if (context.Request.Path != "/metrics")
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        context.Response.ContentType = "text/plain; version=0.0.4";
        return context.Response.WriteAsync(Write(runner.Agents, TimeOfDay.Now(timeProvider)), context.RequestAborted);
    }

    private static string Write(IReadOnlyDictionary<string, PeerAgent> agents, DateTimeOffset now)
    {
        var text = new StringBuilder();
        Add("rke_agent_key_age_seconds", "gauge", "The time since the last change of the key.", agent =>
            agent.State.Active is null ? null : (now - agent.State.ActiveSince).TotalSeconds);
        Add("rke_agent_last_change_timestamp_seconds", "gauge", "When the key changed.", agent =>
            agent.State.Active is null ? null : Seconds(agent.State.ActiveSince));
        Add("rke_agent_last_failure_timestamp_seconds", "gauge", "When something failed.", agent =>
            agent.State.Failures == 0 ? null : Seconds(agent.State.LastFailureTime));
        Add("rke_agent_applied_at_both_ends", "gauge", "1 if it is certain that both ends use the same key, otherwise 0.", agent =>
            agent.State.IsCertain ? 1 : 0);
        Add("rke_agent_interval_seconds", "gauge", "The configured time between two keys.", agent =>
            agent.Interval.TotalSeconds);
        Add("rke_agent_key_changes_total", "counter", "The changes of the key.", agent => agent.State.Changes);
        Add("rke_agent_failures_total", "counter", "What failed: proposals, notices, destinations.", agent => agent.State.Failures);
        return text.ToString();

        void Add(string name, string type, string help, Func<PeerAgent, double?> value)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
            foreach (var (peer, agent) in agents)
            {
                if (value(agent) is { } number)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}{{peer=\"{peer}\"}} {number:0.###}\n");
                }
            }
        }
    }

    private static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;
}
