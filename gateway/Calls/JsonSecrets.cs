using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Gateway.Calls;

/// <summary>
/// Keeps the secrets of one JSON call away from the transcoder, which makes strings of them. Nothing can clear a string. The transcoder
/// reads and writes other bytes, the stand-ins. The request gets the secret before the call runs, and the text of the response gets it
/// before it is sent.
/// </summary>
internal sealed class JsonSecrets
{
    private readonly List<(byte[] StandIn, byte[] Secret)> _hidden = [];
    private ByteString? _keyPart;

    private static ReadOnlySpan<byte> StandInOfRequest => "AAAA\""u8;

    /// <summary>The secrets of a JSON call. Null for other calls.</summary>
    public static JsonSecrets? Of(HttpContext context) => context.Features.Get<JsonSecrets>();

    /// <summary>Takes the key part out of the valid JSON text of a PostKeyRequest.</summary>
    public void TakeKeyPart(Span<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        while (reader.Read())
        {
            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            var isKeyPart = reader.ValueTextEquals("keyPart"u8) || reader.ValueTextEquals("key_part"u8);
            reader.Read();
            if (!isKeyPart || reader.TokenType != JsonTokenType.String || reader.ValueSpan.IsEmpty)
            {
                reader.Skip();
                continue;
            }

            var bytes = reader.GetBytesFromBase64();
            if (bytes.Length == 0)
            {
                // White space only.
                continue;
            }

            _keyPart = MessageSecrets.Copy(bytes);
            CryptographicOperations.ZeroMemory(bytes);

            // After the shorter stand-in, spaces fill the place of the secret.
            var place = text[((int)reader.TokenStartIndex + 1)..(int)reader.BytesConsumed];
            place.Fill((byte)' ');
            StandInOfRequest.CopyTo(place);
        }
    }

    /// <summary>Puts the key part into the request.</summary>
    public void Restore(object request)
    {
        if (request is PostKeyRequest post && _keyPart is not null)
        {
            post.KeyPart = _keyPart;
        }
    }

    /// <summary>Returns the message that the transcoder may write.</summary>
    public TMessage Hide<TMessage>(TMessage message)
        where TMessage : class
    {
        switch (message)
        {
            case GetKeyResponse response:
                var got = response.Clone();
                got.KeyPart = HideBytes(got.KeyPart);
                return (TMessage)(object)got;
            case ClaimSessionResponse response:
                var claimed = response.Clone();
                claimed.Key = HideBytes(claimed.Key);
                claimed.DerivedKey = HideBytes(claimed.DerivedKey);
                HideKeys(claimed.LabelKeys);
                return (TMessage)(object)claimed;
            case InitiateSessionResponse response:
                return (TMessage)(object)HideSession(response);
            case InitiateSessionStreamResponse { Result: { } result } step:
                var last = step.Clone();
                last.Result = HideSession(result);
                return (TMessage)(object)last;
            default:
                return message;
        }
    }

    /// <summary>Puts the secrets into the text of a response.</summary>
    public void Fill(Span<byte> text)
    {
        for (var index = _hidden.Count - 1; index >= 0; index--)
        {
            var (standIn, secret) = _hidden[index];
            var position = text.IndexOf(standIn);
            if (position >= 0)
            {
                Base64.EncodeToUtf8(secret, text[position..], out _, out _);
                CryptographicOperations.ZeroMemory(secret);
                _hidden.RemoveAt(index);
            }
        }
    }

    /// <summary>Fails if the text had a stand-in that <see cref="Fill"/> did not find. The caller must not get it as a key.</summary>
    public void ThrowIfHidden()
    {
        if (_hidden.Count > 0)
        {
            Clear();
            throw new InvalidOperationException("The JSON text of a response has no place for a secret.");
        }
    }

    /// <summary>Clears the secrets that are in no text.</summary>
    public void Clear()
    {
        foreach (var (_, secret) in _hidden)
        {
            CryptographicOperations.ZeroMemory(secret);
        }

        if (_keyPart is not null)
        {
            MessageSecrets.Clear(_keyPart);
        }
    }

    private InitiateSessionResponse HideSession(InitiateSessionResponse response)
    {
        var made = response.Clone();
        made.Key = HideBytes(made.Key);
        made.DerivedKey = HideBytes(made.DerivedKey);
        HideKeys(made.LabelKeys);
        return made;
    }

    private void HideKeys(IEnumerable<SessionLabelKey> keys)
    {
        foreach (var key in keys)
        {
            key.Key = HideBytes(key.Key);
        }
    }

    // Random bytes of the same length, so that the text has the same length, and has them in no other place.
    private ByteString HideBytes(ByteString secret)
    {
        if (secret.IsEmpty)
        {
            return secret;
        }

        // A writer of JSON may escape + and /, so the base64 text has neither.
        const string Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        var text = RandomNumberGenerator.GetString(Characters, Base64.GetMaxEncodedToUtf8Length(secret.Length));
        var standIn = Convert.FromBase64String(text).AsSpan(0, secret.Length);

        // A copy, because the service clears the message of a stream before its text is complete.
        var copy = GC.AllocateUninitializedArray<byte>(secret.Length, pinned: true);
        secret.CopyTo(copy, 0);
        _hidden.Add((Encoding.ASCII.GetBytes(Convert.ToBase64String(standIn)), copy));
        return ByteString.CopyFrom(standIn);
    }
}
