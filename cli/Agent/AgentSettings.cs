using System.Text.Json;
using System.Text.Json.Nodes;
using Rke.V1;

namespace Rke.Cli;

/// <summary>The file of <c>rkectl agent</c> (docs/AGENT.md).</summary>
internal sealed record AgentSettings
{
    private const int MaxLength = 1 << 20;

    private static readonly JsonDocumentOptions Syntax = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The folder with the state of the peers.</summary>
    public required string StateFolder { get; init; }

    /// <summary>The address of the metrics, as HOST:PORT. Null = no metrics.</summary>
    public Endpoint? Metrics { get; init; }

    public required IReadOnlyList<PeerSettings> Peers { get; init; }

    /// <summary>Reads the file. Fails with all that is wrong with it.</summary>
    public static AgentSettings Read(string path)
    {
        var content = InputFile.Read(path, MaxLength);
        JsonObject root;
        try
        {
            root = JsonNode.Parse(content, documentOptions: Syntax) as JsonObject ?? throw new JsonException("The file is not a JSON object.");
        }
        catch (JsonException exception)
        {
            throw new FailureException(ExitCode.Invalid, $"'{path}' is not JSON: {exception.Message}", "docs/AGENT.md has examples.");
        }

        var problems = new List<FieldFailure>();
        var section = new SettingsSection(root, "", problems);
        var settings = Read(section);
        section.Close();
        return problems.Count == 0 ? settings : throw new FailureException(new Failure(ExitCode.Invalid, $"'{path}' has wrong settings.")
        {
            Fields = problems,
            Advice = "docs/AGENT.md lists the settings.",
        });
    }

    private static AgentSettings Read(SettingsSection section) => new()
    {
        StateFolder = section.Required("stateFolder"),
        Metrics = section.Optional("metrics") is { } metrics ? section.Endpoint("metrics", metrics) : null,
        Peers = [.. section.Sections("peers").Select(peer => ReadPeer(peer.Name, peer.Section))],
    };

    private static PeerSettings ReadPeer(string name, SettingsSection section)
    {
        if (!KeyStore.IsPeer(name))
        {
            section.Fail("", "The name of a peer has 1 to 64 letters, digits, dots, dashes and underscores.");
        }

        var role = section.OneOf("role", "initiator", "receiver");
        var interval = section.Time("interval", TimeSpan.FromMinutes(2));
        var overlap = section.Time("overlap", interval / 2);
        if (overlap > interval)
        {
            section.Fail("overlap", "The overlap cannot be longer than the interval.");
        }

        var destinations = section.List("destinations").ToArray();
        if (destinations.Length == 0)
        {
            section.Fail("destinations", "There must be at least one destination.");
        }

        var settings = new PeerSettings
        {
            Name = name,
            Role = role == "initiator" ? AgentRole.Initiator : AgentRole.Receiver,
            OtherEnd = section.Required("otherEnd"),
            Interval = interval,
            Overlap = overlap,
            Parts = section.Number("parts", 4, 2, 16),
            Destinations = [.. destinations.Select(DestinationReader.Read).OfType<IKeyDestination>()],
        };
        section.Close();
        return settings;
    }
}

/// <summary>One peer of the agent.</summary>
internal sealed record PeerSettings
{
    /// <summary>The name of the peer at the gateway (Rke:Peers).</summary>
    public required string Name { get; init; }

    /// <summary>The role of this end.</summary>
    public required AgentRole Role { get; init; }

    /// <summary>The domain of the other end, or its signalling service as HOST:PORT.</summary>
    public required string OtherEnd { get; init; }

    /// <summary>The time between two keys.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>How long the old key stays valid, in destinations that can have several keys.</summary>
    public required TimeSpan Overlap { get; init; }

    /// <summary>The number of parts of a key, and the smallest number that the receiver accepts.</summary>
    public required uint Parts { get; init; }

    public required IReadOnlyList<IKeyDestination> Destinations { get; init; }
}

/// <summary>Reads the destinations of the file.</summary>
internal static class DestinationReader
{
    /// <summary>Null if the type is wrong.</summary>
    public static IKeyDestination? Read(SettingsSection section)
    {
        var type = section.OneOf("type", "file", "command", "wireguard", "strongswan", "kubernetes-secret");
        IKeyDestination? destination = type switch
        {
            "file" => ReadFile(section),
            "command" => ReadCommand(section),
            "wireguard" => ReadWireGuard(section),
            "strongswan" => ReadStrongSwan(section),
            "kubernetes-secret" => ReadSecret(section),
            _ => null,
        };
        if (destination is not null)
        {
            section.Close();
        }

        return destination;
    }

    private static FileDestination ReadFile(SettingsSection section)
    {
        var path = section.Required("path");
        var format = section.OneOf("format", KeyFormat.Hex, [KeyFormat.Hex, KeyFormat.Base64, KeyFormat.Raw, KeyFormat.Psk, KeyFormat.OpenSsl]);
        var reload = section.Optional("reload");
        return new(path, format, reload);
    }

    private static CommandDestination ReadCommand(SettingsSection section)
    {
        var command = section.Required("command");
        var format = section.OneOf("format", KeyFormat.Hex, [KeyFormat.Hex, KeyFormat.Base64, KeyFormat.Raw]);
        return new(command, format);
    }

    private static WireGuardDestination ReadWireGuard(SettingsSection section)
    {
        var network = section.Required("interface");
        var peer = section.Required("publicKey");
        return new(network, peer);
    }

    private static StrongSwanDestination ReadStrongSwan(SettingsSection section)
    {
        var identity = section.Required("ppkId");
        var socket = section.Optional("socket") ?? ViciConnection.DefaultPath;
        return new(socket, identity);
    }

    private static KubernetesSecretDestination ReadSecret(SettingsSection section)
    {
        var name = section.Required("name");
        var space = section.Optional("namespace");
        var format = section.OneOf("format", KeyFormat.Hex, [KeyFormat.Hex, KeyFormat.Base64, KeyFormat.Raw, KeyFormat.Psk]);
        return new(name, space, format, ApiServer.OfPod());
    }
}
