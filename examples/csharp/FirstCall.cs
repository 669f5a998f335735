using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Net.Client;
using Rke.V1;

using var channel = GrpcChannel.ForAddress(args.Length > 0 ? args[0] : "http://127.0.0.1:5001");
var rke = new RkeService.RkeServiceClient(channel);
var part = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16));

var posted = await rke.PostKeyAsync(
    new PostKeyRequest { RaidaId = 14, KeyPart = part }, deadline: DateTime.UtcNow.AddSeconds(5));
var got = await rke.GetKeyAsync(
    new GetKeyRequest { RaidaId = 14, KeyIdHash = posted.KeyIdHash }, deadline: DateTime.UtcNow.AddSeconds(5));

Console.WriteLine($"posted to {posted.Server.Host}:{posted.Server.Port}, got the same back: {got.KeyPart.Equals(part)}");
