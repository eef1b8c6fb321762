using System.Buffers.Binary;

namespace OtGuard.Simulators.Wire;

/// <summary>The messages of the transport beneath secure channels (OPC UA Part 6 v1.05 §7.1.2).</summary>
internal static class OpcUaTransport
{
    /// <summary>The registered port.</summary>
    public const ushort Port = 4840;

    /// <summary>Bytes before a message's content: type, chunk and size.</summary>
    public const int HeaderBytes = 8;

    /// <summary>Hello: what the client takes, and where it wants to.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="url">The endpoint's URL.</param>
    /// <param name="bufferBytes">The longest chunk sent and taken.</param>
    public static void Hello(OpcUaWriter output, string url, uint bufferBytes = 65_535) =>
        Frame(output, "HELF"u8, writer => writer
            .UInt32(0).UInt32(bufferBytes).UInt32(bufferBytes).UInt32(0).UInt32(0).String(url));

    /// <summary>Acknowledge: what the server takes.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="bufferBytes">The longest chunk sent and taken.</param>
    /// <param name="messageBytes">The longest message taken.</param>
    /// <param name="chunks">The most chunks of a message taken.</param>
    public static void Acknowledge(OpcUaWriter output, uint bufferBytes, uint messageBytes, uint chunks) =>
        Frame(output, "ACKF"u8, writer => writer
            .UInt32(0).UInt32(bufferBytes).UInt32(bufferBytes).UInt32(messageBytes).UInt32(chunks));

    /// <summary>Error: the connection is closed after it.</summary>
    public static void Error(OpcUaWriter output, uint status, string reason) =>
        Frame(output, "ERRF"u8, writer => writer.UInt32(status).String(reason));

    /// <summary>The size a header declares, 0 while it is not there yet.</summary>
    public static uint SizeOf(ReadOnlySpan<byte> bytes) =>
        bytes.Length < HeaderBytes ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);

    private static void Frame(OpcUaWriter output, ReadOnlySpan<byte> type, Action<OpcUaWriter> write)
    {
        ArgumentNullException.ThrowIfNull(output);
        var begin = output.Length;
        output.Raw(type).Int32(0);
        write(output);
        output.Patch(begin + 4, (uint)(output.Length - begin));
    }
}
