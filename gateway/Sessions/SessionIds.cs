using Google.Protobuf;
using Rke.Gateway.Errors;
using Rke.V1;

namespace Rke.Gateway.Sessions;

/// <summary>
/// The ids of sessions: 16 bytes in messages, like all ids of the API, and 32 hexadecimal digits in errors, logs and stores.
/// </summary>
internal static class SessionIds
{
    public const int Length = 16;

    public static string TextOf(Session session) => TextOf(session.SessionId);

    public static string TextOf(ByteString id) => Convert.ToHexStringLower(id.Span);

    public static ByteString OfText(string text) => ByteString.CopyFrom(Convert.FromHexString(text));

    /// <summary>Adds the field <c>session_id</c> if it is invalid.</summary>
    public static void CheckSessionId(this BadFields bad, ByteString id) => bad.Check(
        id.Length == Length, "session_id", $"must be {Length} bytes");
}
