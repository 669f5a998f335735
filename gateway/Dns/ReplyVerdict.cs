namespace Rke.Gateway.Dns;

/// <summary>What a received message is to a question. All but the first are counted, and the wait goes on.</summary>
internal enum ReplyVerdict
{
    Matches,
    WrongId,
    WrongQuestion,
    Malformed,
}
