using System.Text;

namespace OtGuard.Fuzzing.Targets;

/// <summary>Text logs of CAN frames, in every form that is read.</summary>
public sealed class CanTextTarget : IFuzzTarget
{
    /// <inheritdoc/>
    public string Name => "can-text";

    /// <inheritdoc/>
    public IEnumerable<byte[]> Seeds => new[]
    {
        "(1436509052.249713) vcan0 123#DEAD\n(1436509052.249714) vcan0 12345678##311223344\n(1436509053.0) can1 123#R4\n"
            + "(1436509053.000001) can1 20000080#0000000000000000 T\n(1436509053.000002) can1 45123#81:00:12345678#11\n",
        "  can0  123   [2]  11 22\n  can0  TX B E  12345678  [12]  11 22 33 44 55 66 77 88 99 AA BB CC\n  can0  7FF   [0]  remote request\n",
        "date Sam Sep 30 15:06:13.191 2017\nbase hex  timestamps absolute\nBegin Triggerblock Sat Sep 30 10:06:13.191 PM 2017\n"
            + "   2.501000 1 ErrorFrame ECC: 10100010\n   3.098426 1  18EBFF00x Rx d 2 01 A0 Length = 273910 BitCount = 141 ID = 418119424x\n"
            + "  30.300981 CANFD 3 Tx 50005x 0 0 5 0 140000 73 200050\n  30.3 CANFD 1 Rx 300 Name 1 0 8 8 11 c2 03 04 05 06 07 08 1 133 303000\nEnd TriggerBlock\n",
        "base dec timestamps relative\n0.5 1 200 Rx d 2 16 255\n0.25 1 300 Tx r 8\n",
        ";$FILEVERSION=1.1\n;$STARTTIME=44388.8964939595\n     1)         3.0  Rx         0210  3  FF FF 30 \n     2)  4.0 Warng FFFFFFFF 4 00 00 00 08\n",
        ";$FILEVERSION=2.1\n;$COLUMNS=N,O,T,B,I,d,R,L,D\n 1 17535.400 DT 1 00000100 Tx - 8 00 00 00 00 00 00 00 00\n 2 4.6 RR 1 0704 Rx - 1\n 3 9.5 BI 1 0300 Rx - 9 1 2 3 4 5 6 7 8 9 a b c\n",
        ";##########\n;    Start time: 18.12.2021 14:28:07.062\n     1)     17535  00000100  2  00 00\n    12)     48937      0704  1  RTR\n",
        "***BUSMASTER Ver 2.4.0***\n***START DATE AND TIME 23:9:2015 22:17:28:928***\n***HEX***\n***SYSTEM MODE***\n22:20:14:992 Rx 0 0000021A s 2 FE 36 \n00:00:01:5 Tx 1 0x21 xr 4\n",
        "166.064000 CXX GVRET\n166.064000 R11 0000021A FE 36\n166.064000 2T29 0000021A 01\n",
        "Timestamp:          0.000224        ID: 0329    000    DLC: 2    d7 a7\nTimestamp:          0.001684        ID: 0153    100    DLC: 0\n",
        "@ TEXT @ 3 @ 64 @ 0 @ 2 @ 7459 @ 00:00:07.459 @\r# $LocalTime=11:19:54.503\r26,641405\t1\t00000004\t112\t2\t00 20\t00000000\t r \t\r",
        "Time Stamp,ID,Extended,Bus,LEN,D1,D2\n166064000,0000021A,false,0,2,FE,36,\n166064001,0000021A,true,1,1,FE,00,\n",
        "1478198376.389427,0316,2,05,21,R\n1478198376.389636,018f,2,fe,5b,T\n1478198376.4,018f,0,R\n",
        "852,32,10,0,0,0,2,116,128,0.0\n1505,137,63,192,11,10,1,56,128,1.0\n",
        "0 080#0017dc09161116bb\n1 018#7F58B702BA3C97F7\n0 165#\n",
        "timestamp,iface,can_id,dlc,data,name,label\n0.0,can0,217058307,2,1804,\"a, b\",normal\n",
        "//---\nMicrochip Technology Inc.\n//---\n39048;RX;0x0000021A;2;0xFE;0x36\n",
    }.Select(Encoding.UTF8.GetBytes);

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> data) => CaptureReading.Run(data.ToArray(), data.Length);
}

/// <summary>The binary log of Vector's tools.</summary>
public sealed class BlfTarget : IFuzzTarget
{
    // RFC 1951 packs no more than 1032 to one.
    private const long MostUnpackedPerByte = 1032;

    /// <inheritdoc/>
    public string Name => "blf";

    /// <inheritdoc/>
    public IEnumerable<byte[]> Seeds =>
    [
        [.. Header(), .. Container(Message())],
        [.. Header(), .. Container([.. Message(), .. FdMessage(), .. FdMessage()[..20]]), .. Container(FdMessage()[20..]), .. Message()],
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> data) => CaptureReading.Run(data.ToArray(), data.Length * MostUnpackedPerByte);

    private static byte[] Header() => new SeedBytes(bigEndian: false)
        .U32(0x4747_4F4C).U32(72).Fill(32, 0)
        .U16(2017).U16(9).U16(6).U16(30).U16(15).U16(6).U16(13).U16(191).Fill(16, 0).ToArray();

    private static byte[] Message() => new SeedBytes(bigEndian: false)
        .U32(0x4A42_4F4C).U16(32).U16(1).U32(48).U32(1).U32(2).U32(0).U32(5).U32(0)
        .U16(1).U16(0x0800).U32(0x123).Fill(8, 0x41).ToArray();

    // CAN FD 64 with twelve bytes and both bit rates.
    private static byte[] FdMessage() => new SeedBytes(bigEndian: false)
        .U32(0x4A42_4F4C).U16(32).U16(1).U32(84).U32(101).U32(1).U32(0).U32(5).U32(0)
        .U16(0x0902).U16(12).U32(0x9234_5678).U32(0).U32(0x3000).Fill(24, 0).Fill(12, 0x42).ToArray();

    private static byte[] Container(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(
            packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true)) zlib.Write(content);
        var body = packed.ToArray();
        var size = 32 + body.Length;
        var head = new SeedBytes(bigEndian: false)
            .U32(0x4A42_4F4C).U16(16).U16(1).U32((uint)size).U32(10).U16(2).U16(0).U32(0).U32((uint)content.Length).U32(0);
        return [.. head.ToArray(), .. body, .. new byte[size % 4]];
    }
}
