using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using OtGuard.Exchange.Evidence;
using OtGuard.Exchange.Sharing;
using OtGuard.Exchange.Stix;

namespace OtGuard.Exchange.Tests.Sharing;

[TestClass]
public sealed class LeakCheckTests
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";

    private static readonly Gen<string> Word = Gen.String[Gen.Char[Letters], 5, 9];

    private static readonly Gen<(Sensitivity Sort, string Value)> Secrets = Gen.OneOf(
        Gen.Select(Gen.Int[1, 254], Gen.Int[0, 255], (a, b) => (Sensitivity.Address, $"10.{a}.{b}.{(a + b) % 254 + 1}")),
        Gen.Select(Gen.UShort, Gen.UShort, (a, b) => (Sensitivity.Address, IPAddress.Parse($"fd00::{a | 1:x}:{b | 1:x}").ToString())),
        Gen.Select(Gen.Byte, Gen.Byte, Gen.Byte, (a, b, c) => (Sensitivity.Address, $"00:1a:2b:{a:x2}:{b:x2}:{c:x2}")),
        Gen.Select(Word, Gen.Int[1, 99], (word, n) => (Sensitivity.Name, $"rtu-{word}{n}.plant.example")),
        Gen.Select(Word, Word, (a, b) => (Sensitivity.User, $"{a}.{b}")),
        Gen.Select(Word, word => (Sensitivity.Location, $"Umspannwerk {char.ToUpperInvariant(word[0])}{word[1..]}straße")),
        Gen.Select(Gen.Int[10_000, 65_535], Gen.Int[1, 99], (a, b) =>
            (Sensitivity.Value, string.Create(CultureInfo.InvariantCulture, $"{a}.{b}"))));

#pragma warning disable CA5350, CA5351 // Planted, not relied on.
    private static readonly (string Name, Func<(Sensitivity Sort, string Value), byte[]> Encode)[] Encodings =
    [
        ("text", secret => Utf8($"the device {secret.Value}, it was")),
        ("capitals", secret => Utf8($"THE DEVICE {secret.Value.ToUpperInvariant()}!")),
        ("UTF-16", secret => Encoding.Unicode.GetBytes($"it is {secret.Value}.")),
        ("UTF-16 big-endian", secret => Encoding.BigEndianUnicode.GetBytes($"it is {secret.Value}.")),
        ("hexadecimal", secret => Utf8("data: " + Convert.ToHexString(Utf8($"x{secret.Value}y")))),
        ("base64", secret => Utf8("{\"data\":\"" + Convert.ToBase64String(Utf8($"ab{secret.Value}c")) + "\"}")),
        ("base64, other alignment", secret => Utf8("{\"data\":\"" + Convert.ToBase64String(Utf8($"a{secret.Value}")) + "\"}")),
        ("base64url", secret => Utf8(Convert.ToBase64String(Utf8($"???{secret.Value}>>>")).Replace('+', '-').Replace('/', '_').TrimEnd('='))),
        ("percent", secret => Utf8("/find?q=" + string.Concat(Utf8(secret.Value).Select(b => $"%{b:X2}")))),
        ("JSON escapes", secret => Utf8("\"" + string.Concat(secret.Value.Select(c => $"\\u{(int)c:x4}")) + "\"")),
        ("HTML entities", secret => Utf8(string.Concat(secret.Value.Select(c => $"&#{(int)c};")))),
        ("gzip", secret => Compress(Utf8($"{{\"device\":\"{secret.Value}\"}}"))),
        ("gzip in base64", secret => Utf8(Convert.ToBase64String(Compress(Utf8($"it is {secret.Value} here"))))),
        ("base64 in base64", secret => Utf8(Convert.ToBase64String(Utf8(Convert.ToBase64String(Utf8($"it is {secret.Value} here")))))),
        ("MD5", secret => Utf8(Convert.ToHexStringLower(MD5.HashData(Utf8(secret.Value))))),
        ("SHA-1 in capitals", secret => Utf8(Convert.ToHexString(SHA1.HashData(Utf8(secret.Value))))),
        ("SHA-256", secret => Utf8("sha256:" + Convert.ToHexStringLower(SHA256.HashData(Utf8(secret.Value))))),
        ("SHA-256, cut", secret => Utf8("id-" + Convert.ToHexStringLower(SHA256.HashData(Utf8(secret.Value)).AsSpan(0, 16)))),
        ("SHA-256 in base64", secret => Utf8(Convert.ToBase64String(SHA256.HashData(Utf8(secret.Value))))),
        ("SHA-512 as bytes", secret => SHA512.HashData(Utf8(secret.Value))),
        ("UUID of STIX", secret => Utf8("ipv4-addr--" + StixIds.Uuid5(
            StixIds.ObservableNamespace, $"{{\"value\":\"{secret.Value}\"}}"))),
        ("UUID of the project", secret => Utf8("note--" + StixIds.Uuid5(StixIds.ProjectNamespace, secret.Value))),
        ("UUID of DNS", secret => Utf8(StixIds.Uuid5(new Guid("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), secret.Value).ToString("N"))),
    ];
#pragma warning restore CA5350, CA5351

    [TestMethod]
    public void A_name_is_no_leak_where_it_is_a_part_of_a_word_that_every_pack_has()
    {
        Replacement[] withheld = [new(Sensitivity.Name, "line", null)];
        LeakReport Check(string text) =>
            LeakCheck.Check([new PackFile("report.json", Utf8(text))], withheld, SharingProfile.Default(Tlp.Amber));

        Assert.IsEmpty(Check("{ \"baseline\": null }").Leaks);
        Assert.HasCount(1, Check("seen on line by a sensor").Leaks);
        Assert.HasCount(1, Check("{ \"baseline\": \"line\" }").Leaks);
        Assert.HasCount(1, Check("lines-of-ours").Leaks);
    }

    [TestMethod]
    public void A_secret_planted_in_any_file_in_any_encoding_is_found()
    {
        var files = Gen.Int[0, 3];
        var noise = Gen.String[Gen.Char[Letters + " 0123456789,.{}\":"], 0, 400];
        Gen.Select(Secrets, Gen.Int[0, Encodings.Length - 1], files, noise).Sample((secret, encoding, file, around) =>
        {
            var planted = Encodings[encoding].Encode(secret);
            var pack = Pack(file, around, planted);

            var report = LeakCheck.Check(pack, [new Replacement(secret.Sort, secret.Value, null)], Closed);

            return report.Leaks.Any(leak => leak.Original == secret.Value)
                ? true
                : throw new InvalidOperationException($"{secret.Value} in {Encodings[encoding].Name} in {pack[file % pack.Length].Name} was missed.");
        }, iter: 600);
    }

    [TestMethod]
    public void Every_encoding_is_found_of_every_sort()
    {
        (Sensitivity, string)[] secrets =
        [
            (Sensitivity.Address, "10.20.0.103"), (Sensitivity.Address, "fd00::7:9"), (Sensitivity.Address, "00:1a:2b:3c:4d:5e"),
            (Sensitivity.Name, "rtu-nord7"), (Sensitivity.User, "jmustermann"), (Sensitivity.Value, "48113"),
            (Sensitivity.Location, "Umspannwerk Südstraße"), (Sensitivity.Vehicle, "WVWZZZ1KZAW000001"),
        ];
        foreach (var secret in secrets)
            foreach (var (name, encode) in Encodings)
                Assert.IsNotEmpty(
                    LeakCheck.Check(
                        [new PackFile("case.stix.json", encode(secret))], [new Replacement(secret.Item1, secret.Item2, null)],
                        Closed).Leaks,
                    $"{secret.Item2} in {name}");
    }

    [TestMethod]
    public void What_holds_nothing_is_found_to_hold_nothing()
    {
        Secrets.Sample(secret =>
        {
            var report = LeakCheck.Check(Pack(0, "{}", []), [new Replacement(secret.Sort, secret.Value, null)], Closed);
            return report.Leaks.Count == 0 && report.NotLookedFor.Count == 0;
        }, iter: 200);
    }

    [TestMethod]
    public void An_address_is_found_as_bytes_in_a_capture_in_both_orders_and_as_its_number()
    {
        var value = new Replacement(Sensitivity.Address, "10.20.0.103", "240.1.2.3");
        byte[] plain = [10, 20, 0, 103], reversed = [103, 0, 20, 10];
        foreach (var bytes in new[] { plain, reversed })
        {
            var frame = new byte[54];
            frame[12] = 8;
            frame[14] = 0x45;
            frame[23] = 6;
            bytes.CopyTo(frame, 26);
            var file = new PackFile("evidence.pcapng", Pcapng.Write([new EvidenceFrame(1, 1, 1, 54, frame)]));
            Assert.IsNotEmpty(LeakCheck.Check([file], [value], Closed).Leaks);
        }

        var number = BinaryPrimitives.ReadUInt32BigEndian(plain).ToString(CultureInfo.InvariantCulture);
        Assert.IsNotEmpty(LeakCheck.Check([new PackFile("a.json", Utf8($"{{\"ip\":{number}}}"))], [value], Closed).Leaks);
        Assert.IsEmpty(LeakCheck.Check([new PackFile("a.json", Utf8("10.20.0.1030 110.20.0.103"))], [value], Closed).Leaks);
    }

    [TestMethod]
    public void Payload_left_in_a_frame_is_found_whatever_it_holds()
    {
        // A register is two bytes that occur by chance: that there is payload at all is what is looked for.
        Gen.Select(Gen.UShort, Gen.Int[1, 200], Gen.Bool).Sample((register, length, isCan) =>
        {
            var header = isCan ? 8 : 54;
            var frame = new byte[header + length];
            if (!isCan)
            {
                frame[12] = 8;
                frame[14] = 0x45;
                frame[23] = 6;
            }

            if (length >= 2) BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(header), register);
            PackFile File(byte[] data) => new(
                "evidence.pcapng", Pcapng.Write([new EvidenceFrame(1, isCan ? (ushort)227 : (ushort)1, 1, frame.Length, data)]));
            return LeakCheck.Check([File(frame)], [], Closed).Leaks is [{ Sort: Sensitivity.Payload }]
                && LeakCheck.Check([File(frame[..header])], [], Closed).Leaks.Count == 0;
        }, iter: 300);
    }

    [TestMethod]
    public void Words_of_the_formats_are_told_as_not_looked_for_and_their_hashes_are()
    {
        Replacement[] zone = [new Replacement(Sensitivity.Name, "control", "name-x")];
        var hash = Convert.ToHexStringLower(SHA256.HashData(Utf8("control")));

        var word = LeakCheck.Check([new PackFile("a.json", Utf8("impair-process-control"))], zone, Closed);
        var hashed = LeakCheck.Check([new PackFile("a.json", Utf8(hash))], zone, Closed);

        Assert.IsEmpty(word.Leaks);
        Assert.AreEqual("control", word.NotLookedFor.Single());
        Assert.AreEqual("SHA-256", hashed.Leaks.Single().Form);
    }

    [TestMethod]
    public void The_text_of_a_document_and_the_names_of_files_are_searched_too()
    {
        Replacement[] secret = [new Replacement(Sensitivity.Name, "rtu-nord7", null)];

        Assert.IsNotEmpty(LeakCheck.Check([new PackFile("report.pdf", [1, 2, 3], "Komponente rtu-nord7")], secret, Closed).Leaks);
        Assert.IsNotEmpty(LeakCheck.Check([new PackFile("rtu-nord7.json", [])], secret, Closed).Leaks);
    }

    internal static SharingProfile Closed { get; } = SharingProfile.Default(Tlp.Amber);

    private static PackFile[] Pack(int at, string around, byte[] planted)
    {
        byte[] With(int file, byte[] bytes) => file == at ? [.. bytes, (byte)'\n', .. planted, (byte)'\n'] : bytes;
        return
        [
            new PackFile("case.stix.json", With(0, Utf8(around))), new PackFile("evidence.csv", With(1, Utf8(around))),
            new PackFile("report.json", With(2, Utf8("{\"a\":\"" + around + "\"}"))),
            new PackFile("evidence.pcapng", Pcapng.Write([new EvidenceFrame(1, 1, 1, 66, With(3, Header))])),
        ];
    }

    /// <summary>Ethernet, IPv4 and TCP, and no payload.</summary>
    private static byte[] Header { get; } = Convert.FromHexString(
        "06000000000106000000000208004500002800010000400600 00f0000001f0000002c00001f600000001000000015010010000000000"
            .Replace(" ", "", StringComparison.Ordinal));

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Compress(byte[] bytes)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Optimal)) gzip.Write(bytes);
        return target.ToArray();
    }
}
