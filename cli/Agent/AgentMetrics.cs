using System.Globalization;
using System.Net;
using System.Text;
using Rke.UdpBridge;
using Rke.V1;

namespace Rke.Cli;

/// <summary>Serves the metrics of the agent at <c>/metrics</c>, in the text format of Prometheus.</summary>
internal sealed class AgentMetrics : IAsyncDisposable
{
    // HttpListener, because Kestrel makes the native program a third larger.
    private readonly HttpListener _listener;
    private readonly AgentRunner _runner;
    private readonly TimeProvider _timeProvider;
    private readonly Task _serving;

    private AgentMetrics(HttpListener listener, AgentRunner runner, TimeProvider timeProvider)
    {
        (_listener, _runner, _timeProvider) = (listener, runner, timeProvider);
        _serving = ServeAsync();
    }

    public static AgentMetrics Start(Endpoint endpoint, AgentRunner runner, TimeProvider timeProvider)
    {
        var listener = new HttpListener();
        var host = endpoint.Host.Contains(':', StringComparison.Ordinal) ? $"[{endpoint.Host}]" : endpoint.Host;
        try
        {
            listener.Prefixes.Add($"http://{host}:{endpoint.Port}/");
            listener.Start();
        }
        catch (Exception exception) when (exception is HttpListenerException or ArgumentException or System.Net.Sockets.SocketException)
        {
            listener.Close();
            throw new FailureException(
                ExitCode.Unexpected, $"The metrics cannot be served at {host}:{endpoint.Port}: {exception.Message}", "Change the setting 'metrics'.");
        }

        return new(listener, runner, timeProvider);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    // One scrape at a time.
    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                await AnswerAsync(context);
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or IOException)
            {
                // The scraper closed the connection, or the agent ends.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using var response = context.Response;
        if (context.Request is not { HttpMethod: "GET" or "HEAD", Url.AbsolutePath: "/metrics" })
        {
            response.StatusCode = (int)HttpStatusCode.NotFound;
            return;
        }

        var content = Encoding.UTF8.GetBytes(Write(_runner.Agents, TimeOfDay.Now(_timeProvider)));
        response.ContentType = "text/plain; version=0.0.4";
        response.ContentLength64 = content.Length;
        if (context.Request.HttpMethod == "GET")
        {
            await response.OutputStream.WriteAsync(content);
        }
    }

    private static string Write(IReadOnlyDictionary<string, PeerAgent> agents, DateTimeOffset now)
    {
        var text = new StringBuilder();
        Add("rke_agent_key_age_seconds", "gauge", "The time since the last change of the key.", state =>
            state.Active is null ? null : (now - state.ActiveSince).TotalSeconds);
        Add("rke_agent_last_change_timestamp_seconds", "gauge", "When the key changed.", state =>
            state.Active is null ? null : Seconds(state.ActiveSince));
        Add("rke_agent_last_failure_timestamp_seconds", "gauge", "When something failed.", state =>
            state.Failures == 0 ? null : Seconds(state.LastFailureTime));
        Add("rke_agent_applied_at_both_ends", "gauge", "1 if it is certain that both ends use the same key, otherwise 0.", state =>
            state.IsCertain ? 1 : 0);
        Add("rke_agent_key_changes_total", "counter", "The changes of the key.", state => state.Changes);
        Add("rke_agent_failures_total", "counter", "What failed: proposals, notices, destinations.", state => state.Failures);
        return text.ToString();

        void Add(string name, string type, string help, Func<AgentState, double?> value)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
            foreach (var (peer, agent) in agents)
            {
                if (value(agent.State) is { } number)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}{{peer=\"{peer}\"}} {number:0.###}\n");
                }
            }
        }
    }

    private static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;
}
