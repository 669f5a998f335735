using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.V1;

namespace Rke.Gateway.Tests.Errors;

public sealed class ErrorSizeTests(EmbeddedGateway embedded) : IClassFixture<EmbeddedGateway>
{
    // Default buffers of proxies, such as 4 KiB of nginx, hold all headers of the response.
    private const int MaxSize = 3 << 10;

    private static readonly string[] Names = ["", "name", new('a', 5000), new('%', 5000), new('é', 5000), string.Concat(Enumerable.Repeat("🔑", 2000))];

    [Fact]
    public async Task Many_invalid_fields_are_named_as_far_as_they_fit()
    {
        var request = new SignalRequest { Domain = "receiver.example" };
        request.Parts.AddRange(Enumerable.Range(0, 60).Select(_ => new KeyPartLocation
        {
            KeyIdHash = ByteString.CopyFrom(new byte[3]),
            Server = new() { Host = "-", Port = 99_999 },
        }));
        var refused = await Assert.ThrowsAsync<RpcException>(() => embedded.Gateway.Client.SignalAsync(
            request, cancellationToken: TestContext.Current.CancellationToken).ResponseAsync);
        Assert.InRange(SizeOf(refused), 2000, MaxSize);
        var details = new Details(refused);
        Assert.Equal("INVALID_FIELD", details.Reason);
        Assert.True(details.BadFields.Count > 10, $"{details.BadFields.Count}");
        Assert.Equal("...", details.BadFields[^1]);
        Assert.Contains("more)", details.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_field_tells_how_many_are_missing()
    {
        for (var count = 1; count < 300; count += 7)
        {
            var fields = new BadFields();
            for (var field = 0; field < count; field++)
            {
                fields.Add($"parts[{field}].server.host", $"must be a host name of at most {field} characters");
            }

            var exception = fields.ToFailure().ToException();
            Assert.InRange(SizeOf(exception), 1, MaxSize);
            var violations = exception.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations;
            if (violations[^1].Field == "...")
            {
                Assert.Equal($"and {count - violations.Count + 1} more", violations[^1].Description);
            }
            else
            {
                Assert.Equal(count, violations.Count);
            }
        }
    }

    [Fact]
    public void Long_names_do_not_make_an_error_long()
    {
        foreach (var name in Names)
        {
            var fields = new BadFields();
            fields.Add(name, name);
            fields.Add("key_part", "must be set");
            var failure = new CallFailure(StatusCode.ResourceExhausted, Reason.CallerQuota, $"The quota of {name} is used up.")
            {
                QuotaSubject = $"caller:{name}",
                RetryAfter = TimeSpan.FromSeconds(1),
                SessionId = name,
                Replica = name,
                Network = 6,
                RaidaId = 24,
                RaidaStatus = 255,
                Attempts = 99,
                BadFields = fields.ToFailure().BadFields,
            };
            var exception = failure.ToException();
            Assert.InRange(SizeOf(exception), 1, MaxSize);
            Assert.NotNull(exception.GetRpcStatus()!.GetDetail<RetryInfo>());
            Assert.NotEmpty(exception.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations);
        }
    }

    [Fact]
    public void A_short_text_is_not_changed()
    {
        foreach (var text in (string[])["", "a", "The key server is offline.", "ключ"])
        {
            Assert.Equal(text, ErrorText.Shorten(text, ErrorText.SentSize(text)));
        }

        Assert.Equal("abc...", ErrorText.Shorten("abcdefgh", 6));
        Assert.Equal("...", ErrorText.Shorten("🔑🔑", 14));
        Assert.Equal("🔑...", ErrorText.Shorten("🔑🔑", 15));
    }

    // The bytes of grpc-message and grpc-status-details-bin in the response.
    private static int SizeOf(RpcException exception)
    {
        var details = Assert.Single(exception.Trailers, trailer => trailer.Key == "grpc-status-details-bin").ValueBytes;
        return Uri.EscapeDataString(exception.Status.Detail).Replace("%20", " ", StringComparison.Ordinal).Length
            + Convert.ToBase64String(details).Length;
    }
}
