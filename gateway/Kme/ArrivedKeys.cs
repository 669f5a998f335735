using Microsoft.Extensions.Options;
using Rke.Gateway.Calls;
using Rke.Gateway.Sessions;
using Rke.V1;

namespace Rke.Gateway.Kme;

/// <summary>
/// The side of the slave: turns the sessions of a pair into keys, before the gateway answers the Signal. So the answer is the confirmation
/// that the initiator waits for.
/// </summary>
internal sealed class ArrivedKeys(
    KmeDirectory directory, SealedStock stock, KmeMeter meter, IOptions<KmeOptions> options, ILogger<ArrivedKeys> logger) : ISessionTaker
{
    public bool Takes(string peer) => directory.OfPeer(peer) is not null;

    public async Task<string?> TakeAsync(Session session, ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        var pair = directory.OfPeer(session.Peer)!;
        if (session.Parts.Count == 0 || session.Parts.Any(part => !part.Used) || key.Length != KmeKeys.SessionKeySize)
        {
            return "a session of the KME needs all its parts";
        }

        byte[] hashes = [.. session.Parts.SelectMany(part => part.KeyIdHash)];
        var seeds = SessionKey.Derive(key.Span, hashes, KmeKeys.Labels);
        try
        {
            // The master can get a key at the end of its lifetime, and then the slave needs time to get it too.
            var isAdded = await stock.AddAsync(
                pair.ForSlave!,
                pair,
                session.SessionId,
                seeds,
                2 * options.Value.Lifetime,
                options.Value.MaxWaiting,
                cancellationToken);
            if (!isAdded)
            {
                Log.TooManyWaiting(logger, pair.Slave, options.Value.MaxWaiting, pair.Master);
                return "too many keys wait for the slave";
            }

            meter.Count(pair, KmeMeter.Arrived, seeds.Count);
            return null;
        }
        finally
        {
            MessageSecrets.Clear(seeds);
        }
    }
}
