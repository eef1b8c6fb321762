using CsCheck;

namespace OtGuard.Collectors.Modbus.Tests;

[TestClass]
public sealed class PropertyTests
{
    private static readonly Gen<byte[]> AnyPdu = Gen.Byte.Array[1, 253];

    /// <summary>Requests and responses of the standard's functions, some with a byte changed, and some of no function.</summary>
    private static readonly string[] Known =
    [
        "03 006B 0003", "03 06 022B 0000 0064", "01 0013 0013", "01 03 CD6B05", "83 02", "05 00AC FF00",
        "10 0001 0002 04 000A 0102", "10 0001 0002", "2B 0E 01 00", "2B 0E 01 01 00 00 01 00 02 41 42",
        "17 0003 0006 000E 0003 06 00FF 00FF 00FF", "08 0000 A537", "18 04DE", "18 0006 0002 01B8 1284",
        "14 07 06 0004 0001 0002", "15 09 06 0004 0007 0001 06AF",
    ];

    /// <summary>Requests and responses of the standard's functions, and some of no function.</summary>
    private static readonly Gen<byte[]> Message = Gen.Frequency(
        (6, Gen.Int[0, Known.Length - 1].Select(index => Exchange.Bytes(Known[index]))),
        (2, AnyPdu));

    private static readonly Gen<byte[]> Stream = Gen.Frequency(
            (8, Gen.Select(Gen.UShort[0, 3], Gen.Byte[0, 2], Message, Exchange.Adu)),
            (1, Gen.Byte.Array[1, 40]),
            (1, Gen.Select(Gen.UShort[0, 3], Gen.Byte, Message, (transaction, at, pdu) =>
            {
                var adu = Exchange.Adu(transaction, 1, pdu);
                adu[at % adu.Length] ^= 1;
                return adu;
            })))
        .Array[1, 12]
        .Select(parts => parts.SelectMany(part => part).ToArray());

    [TestMethod]
    public void Splitting_a_stream_at_any_byte_changes_no_observation() =>
        Gen.Select(Stream, Stream, Gen.Int[1, 64].Array[1, 200]).Sample((requests, responses, sizes) =>
        {
            var whole = Run(requests, responses, [int.MaxValue]);
            var split = Run(requests, responses, sizes);
            return whole.SequenceEqual(split);
        });

    [TestMethod]
    public void Every_prefix_of_a_message_waits_for_more() =>
        Gen.Select(Gen.UShort, Gen.Byte, AnyPdu).Sample((transaction, unit, pdu) =>
        {
            var adu = Exchange.Adu(transaction, unit, pdu);
            var decoder = new ModbusProtocol(new ModbusOptions()).CreateDecoder(1, Transport.Tcp, 0);
            var exchange = new Exchange();
            var batch = new ObservationBatch(exchange);
            for (var length = 0; length < adu.Length; length++)
            {
                if (decoder.Decode(exchange.Connection, Direction.ToServer, adu.AsSpan(0, length), default, batch) != 0)
                    return false;
            }

            return decoder.Decode(exchange.Connection, Direction.ToServer, adu, default, batch) > 0;
        });

    [TestMethod]
    public void Bytes_behind_the_end_are_never_read() =>
        Gen.Select(Stream, Gen.Byte, Gen.Byte).Sample((bytes, one, other) =>
        {
            string[] Of(byte guard)
            {
                var exchange = new Exchange();
                var batch = new ObservationBatch(exchange);
                var decoder = exchange.Protocol.CreateDecoder(1, Transport.Tcp, 0);
                byte[] guarded = [.. bytes, .. Enumerable.Repeat(guard, 300)];
                decoder.Decode(exchange.Connection, Direction.ToServer, guarded.AsSpan(0, bytes.Length), default, batch);
                decoder.OnClose(exchange.Connection, default, false, batch);
                batch.Flush();
                return [.. exchange.Seen.Select(seen => seen.Essence)];
            }

            return Of(one).SequenceEqual(Of(other));
        });

    [TestMethod]
    [DataRow(false, false)]
    [DataRow(false, true)]
    [DataRow(true, false)]
    [DataRow(true, true)]
    public void Random_bytes_never_throw(bool rtu, bool udp)
    {
        var framing = rtu ? ModbusFraming.Rtu : ModbusFraming.Mbap;
        var transport = udp ? Transport.Udp : Transport.Tcp;
        Gen.Select(Gen.Byte.Array[0, 600], Gen.Bool, Gen.Int[0, 9]).Array[1, 20].Sample(steps =>
        {
            var exchange = new Exchange(framing, transport);
            foreach (var (bytes, toServer, action) in steps)
            {
                var direction = toServer ? Direction.ToServer : Direction.ToClient;
                if (action == 0) exchange.Gap(direction);
                exchange.Milliseconds += action * 3000;
                exchange.Send(direction, bytes);
            }

            // Reading what was seen also writes its JSON.
            Assert.IsGreaterThanOrEqualTo(0, exchange.Close().Seen.Count);
        });
    }

    [TestMethod]
    public void Random_messages_never_throw_and_each_is_observed_once() =>
        Gen.Select(AnyPdu, AnyPdu).Sample((request, response) =>
        {
            var exchange = new Exchange()
                .Send(Direction.ToServer, Exchange.Adu(1, 1, request))
                .Send(Direction.ToClient, Exchange.Adu(1, 1, response))
                .Close();

            // One exchange; more only where a message hides another one behind its fields.
            return exchange.Seen.Count >= 1;
        });

    [TestMethod]
    public void Decoding_resumes_after_any_garbage() =>
        Gen.Byte.Array[1, 400].Sample(garbage =>
        {
            var exchange = new Exchange().Send(Direction.ToServer, garbage);
            // Garbage may look like a header and swallow what follows, up to the longest message.
            for (ushort transaction = 1; transaction <= 30; transaction++)
                exchange.Send(Direction.ToServer, Exchange.Adu(transaction, 9, Exchange.Bytes("03 006B 0003")));

            var last = exchange.Close().Seen[^1];
            return last.Observation.Transaction == 30 && last.Target.Start == 107;
        });

    [TestMethod]
    public void Outstanding_requests_stay_within_their_bound() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 200]).Sample((bound, requests) =>
        {
            var exchange = new Exchange(options: new ModbusOptions { MaximumOutstandingRequests = bound });
            for (var index = 0; index < requests; index++)
                exchange.Send(Direction.ToServer, Exchange.Adu((ushort)index, 1, Exchange.Bytes("03 006B 0003")));

            return exchange.Seen.Count == Math.Max(0, requests - bound) && exchange.Close().Seen.Count == requests;
        });

    private static string[] Run(byte[] requests, byte[] responses, int[] sizes)
    {
        var exchange = new Exchange();
        Feed(exchange, Direction.ToServer, requests, sizes);
        Feed(exchange, Direction.ToClient, responses, sizes);
        return [.. exchange.Close().Seen.Select(seen => seen.Essence)];
    }

    private static void Feed(Exchange exchange, Direction direction, byte[] bytes, int[] sizes)
    {
        var index = 0;
        for (var at = 0; at < bytes.Length;)
        {
            var size = Math.Min(sizes[index++ % sizes.Length], bytes.Length - at);
            exchange.Send(direction, bytes[at..(at + size)]);
            at += size;
        }
    }
}
