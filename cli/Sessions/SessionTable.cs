using Rke.V1;

namespace Rke.Cli;

/// <summary>How far a session is, as a table: a row a step, and of the posts a row a part.</summary>
internal sealed class SessionTable
{
    private readonly List<PartRow> _parts = [];
    private string _lookedUp = "…";
    private string _signalled = "";
    private string _used = "";

    public void Add(InitiateSessionStreamResponse message)
    {
        var time = SessionStepText.Time(message.Elapsed);
        switch (message.StepCase)
        {
            case InitiateSessionStreamResponse.StepOneofCase.LookedUp:
                _lookedUp = $"{time,10}  {SessionStepText.LookedUp(message.LookedUp)}";
                _parts.AddRange(message.LookedUp.PartLengths.Select(length => new PartRow(length)));
                break;
            case InitiateSessionStreamResponse.StepOneofCase.PartSent:
                Set(message.PartSent.Index, time, message.PartSent.RaidaId, "sent …");
                break;
            case InitiateSessionStreamResponse.StepOneofCase.PartPosted:
                Set(
                    message.PartPosted.Index,
                    time,
                    message.PartPosted.RaidaId,
                    $"posted at {AnswerJson.Of(message.PartPosted.Server)}");
                break;
            case InitiateSessionStreamResponse.StepOneofCase.ServerReplaced:
                Replace(message.ServerReplaced, time);
                break;
            case InitiateSessionStreamResponse.StepOneofCase.Signalled:
                _signalled = $"{time,10}  {message.Signalled.Parts} parts";
                break;
            case InitiateSessionStreamResponse.StepOneofCase.Used:
                _used = $"{time,10}  parts {SessionStepText.Parts(message.Used)} by {AnswerJson.Of(message.Used.Endpoint)}";
                break;
        }
    }

    public IReadOnlyList<string> Lines() =>
    [
        $"looked up  {_lookedUp}",
        .. _parts.Select((part, index) => $"part {index,-2}    {part}"),
        $"signalled  {_signalled}",
        $"used       {_used}",
    ];

    private void Set(uint index, string time, uint raidaId, string state)
    {
        // What a gateway of another version says may name a part that it did not announce.
        if (index < _parts.Count)
        {
            _parts[(int)index].Set(time, raidaId, state);
        }
    }

    private void Replace(SessionServerReplaced step, string time)
    {
        Set(step.Index, time, step.RaidaId, SessionStepText.Why(step));
        if (step.Index < _parts.Count)
        {
            _parts[(int)step.Index].Replaced.Add($"{step.RaidaId} {SessionStepText.Why(step)}");
        }
    }

    private sealed class PartRow(uint length)
    {
        private string _time = "";
        private string _server = "";
        private string _state = "";

        public List<string> Replaced { get; } = [];

        public void Set(string time, uint raidaId, string state) => (_time, _server, _state) = (time, $"{raidaId}", state);

        public override string ToString()
        {
            var replaced = Replaced.Count == 0 ? "" : $"  ({string.Join(", ", Replaced)})";
            return $"{_time,10}  {length,2} bytes  key server {_server,-2}  {_state}{replaced}";
        }
    }
}
