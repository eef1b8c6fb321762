using System.Buffers.Binary;
using System.Net;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Live;

/// <summary>A device of the substation as a Modbus server for real clients.</summary>
/// <remarks>
/// MODBUS Messaging on TCP/IP Implementation Guide V1.0b §3.1.3 and §4.4: a header with another protocol identifier is
/// skipped with what follows it; one whose length cannot be leaves no hope for the stream, which is closed.
/// </remarks>
internal sealed class ModbusLiveServer(SimulatedDevice device) : ILiveServer
{
    public string Name => device.Name;

    public string Protocol => "Modbus";

    public EthernetHost Host => device.Host;

    public ushort Port => Site.ModbusPort;

    public TimeSpan Latency => device.Latency;

    public void ListensAt(IPEndPoint endPoint)
    {
        // A Modbus server does not tell its clients where it is.
    }

    public ILiveResponder? Accept(LiveSend send) => device.IsOff ? null : new Responder(device, send);

    private sealed class Responder(SimulatedDevice device, LiveSend send) : ILiveResponder
    {
        private const int HeaderBytes = 7;
        // Unit identifier and a PDU of at most 253 bytes (§4.1 of the application protocol).
        private const int LongestLength = 254;

        private readonly byte[] _buffer = new byte[HeaderBytes + LongestLength - 1];
        private int _filled;

        public bool Receive(ReadOnlySpan<byte> bytes)
        {
            if (device.IsOff) return false;
            while (!bytes.IsEmpty)
            {
                var taken = Math.Min(bytes.Length, Missing());
                bytes[..taken].CopyTo(_buffer.AsSpan(_filled));
                bytes = bytes[taken..];
                _filled += taken;
                if (_filled >= HeaderBytes && Length() is < 2 or > LongestLength) return false;
                if (Missing() > 0) continue;
                Answer();
                _filled = 0;
            }

            return true;
        }

        public void Closed()
        {
        }

        // Bytes until the header is there, or the message.
        private int Missing() => _filled < HeaderBytes ? HeaderBytes - _filled : HeaderBytes - 1 + Length() - _filled;

        private int Length() => BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(4));

        private void Answer()
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(2)) != 0) return;
            var transaction = BinaryPrimitives.ReadUInt16BigEndian(_buffer);
            var unit = _buffer[HeaderBytes - 1];
            var pdu = device.AnswerAs(unit, _buffer.AsSpan(HeaderBytes, Length() - 1));
            if (pdu is not null) send(ModbusAdu.Mbap(transaction, unit, pdu));
        }
    }
}
