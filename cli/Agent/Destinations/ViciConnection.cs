using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Rke.Cli;

/// <summary>
/// A connection to the control interface of strongSwan (vici, protocol of src/libcharon/plugins/vici/README.md in strongSwan). A packet has
/// 4 bytes of length, a type, and for commands a name with a length byte.
/// </summary>
internal sealed class ViciConnection : IDisposable
{
    public const string DefaultPath = "/var/run/charon.vici";

    private const byte CommandRequest = 0;
    private const byte CommandResponse = 1;
    private const int MaxLength = 512 << 10;

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private ViciConnection()
    {
    }

    public static async Task<ViciConnection> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var connection = new ViciConnection();
        try
        {
            await connection._socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return connection;
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            connection.Dispose();
            throw new DestinationException($"The socket '{path}' of charon cannot be opened: {exception.Message}");
        }
    }

    /// <summary>Calls a command. Fails if strongSwan answers with success=no.</summary>
    public async Task CallAsync(string command, ViciMessage message, CancellationToken cancellationToken)
    {
        var packet = message.ToPacket(CommandRequest, command);
        try
        {
            await SendAsync(packet, cancellationToken);
            var header = await ReceiveAsync(sizeof(int), cancellationToken);
            var length = BinaryPrimitives.ReadInt32BigEndian(header);
            if (length is < 1 or > MaxLength)
            {
                throw new DestinationException("charon answered with a packet of a wrong length.");
            }

            Check(command, await ReceiveAsync(length, cancellationToken));
        }
        catch (SocketException exception)
        {
            throw new DestinationException($"The connection to charon failed: {exception.Message}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(packet);
        }
    }

    public void Dispose() => _socket.Dispose();

    private static void Check(string command, byte[] packet)
    {
        if (packet[0] != CommandResponse)
        {
            throw new DestinationException($"charon does not have the command '{command}'.");
        }

        var values = ViciMessage.ValuesOf(packet.AsSpan(1));
        if (values.GetValueOrDefault("success", "yes") != "yes")
        {
            throw new DestinationException($"charon refused the key: {values.GetValueOrDefault("errmsg", "no reason")}");
        }
    }

    private async Task SendAsync(byte[] packet, CancellationToken cancellationToken)
    {
        for (var sent = 0; sent < packet.Length;)
        {
            sent += await _socket.SendAsync(packet.AsMemory(sent), cancellationToken);
        }
    }

    private async Task<byte[]> ReceiveAsync(int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        for (var received = 0; received < length;)
        {
            var count = await _socket.ReceiveAsync(bytes.AsMemory(received), cancellationToken);
            received += count > 0 ? count : throw new DestinationException("charon closed the connection.");
        }

        return bytes;
    }
}

/// <summary>A message of vici: values and lists with names.</summary>
internal sealed class ViciMessage : IDisposable
{
    private const byte KeyValue = 3;
    private const byte ListStart = 4;
    private const byte ListItem = 5;
    private const byte ListEnd = 6;

    private readonly MemoryStream _elements = new(capacity: 512);

    public void Add(string name, string value) => Add(name, Encoding.UTF8.GetBytes(value));

    public void Add(string name, ReadOnlySpan<byte> value)
    {
        _elements.WriteByte(KeyValue);
        WriteName(name);
        WriteValue(value);
    }

    public void AddList(string name, params ReadOnlySpan<string> items)
    {
        _elements.WriteByte(ListStart);
        WriteName(name);
        foreach (var item in items)
        {
            _elements.WriteByte(ListItem);
            WriteValue(Encoding.UTF8.GetBytes(item));
        }

        _elements.WriteByte(ListEnd);
    }

    /// <summary>The packet of a command. The caller clears it.</summary>
    public byte[] ToPacket(byte type, string command)
    {
        var name = Encoding.ASCII.GetBytes(command);
        var packet = new byte[sizeof(int) + 2 + name.Length + _elements.Length];
        BinaryPrimitives.WriteInt32BigEndian(packet, packet.Length - sizeof(int));
        packet[4] = type;
        packet[5] = (byte)name.Length;
        name.CopyTo(packet, 6);
        _elements.GetBuffer().AsSpan(0, (int)_elements.Length).CopyTo(packet.AsSpan(6 + name.Length));
        return packet;
    }

    /// <summary>The values at the top of a message. Ends at the first element of another kind.</summary>
    public static Dictionary<string, string> ValuesOf(ReadOnlySpan<byte> message)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        while (message.Length > 2 && message[0] == KeyValue && message.Length >= 4 + message[1])
        {
            var name = message.Slice(2, message[1]);
            var rest = message[(2 + name.Length)..];
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest);
            if (rest.Length < 2 + length)
            {
                break;
            }

            values[Encoding.UTF8.GetString(name)] = Encoding.UTF8.GetString(rest.Slice(2, length));
            message = rest[(2 + length)..];
        }

        return values;
    }

    /// <summary>Clears the values.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_elements.GetBuffer());
        _elements.Dispose();
    }

    private void WriteName(string name)
    {
        _elements.WriteByte((byte)name.Length);
        _elements.Write(Encoding.ASCII.GetBytes(name));
    }

    private void WriteValue(ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)value.Length));
        _elements.Write(length);
        _elements.Write(value);
    }
}
