using System.Buffers;
using System.Text.Json;

namespace Rke.Raida.Keys;

/// <summary>
/// Writes a history as JSON lines, each at once, for tests that read the file while the servers run:
/// <code>
/// {"time":"2026-01-01T00:00:00.0000000+00:00","raida":14,"event":"Post","coin":"1/1000","hash":"900150983cd2..."}
/// </code>
/// </summary>
internal sealed class HistoryFile(string path) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly FileStream _file = new(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);

    public void Write(KeyEvent entry)
    {
        lock (_gate)
        {
            _line.ResetWrittenCount();
            using (var json = new Utf8JsonWriter(_line))
            {
                json.WriteStartObject();
                json.WriteString("time", entry.Time);
                json.WriteNumber("raida", entry.RaidaId);
                json.WriteString("event", entry.Kind.ToString());
                json.WriteString("coin", entry.Coin.ToString());
                json.WriteString("hash", entry.Hash.ToString());
                json.WriteEndObject();
            }

            _line.Write("\n"u8);
            _file.Write(_line.WrittenSpan);
        }
    }

    public void Dispose() => _file.Dispose();
}
