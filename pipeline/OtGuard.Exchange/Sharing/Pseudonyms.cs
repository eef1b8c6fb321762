using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace OtGuard.Exchange.Sharing;

/// <summary>
/// Keyed pseudonyms (HMAC-SHA-256): who does not hold the key cannot find the value by trying all there are, and the
/// same value has another pseudonym for another partner. Immutable, thread-safe.
/// </summary>
/// <remarks>
/// Pseudonyms have the form of what they stand for, so that a tool can read them, and lie where nothing real is: IPv4
/// in 240.0.0.0/4 (RFC 1112, reserved), IPv6 in 0100::/64 (RFC 6666, discard-only), link addresses with the prefix
/// 06:00 (locally administered). 28 bits are left of an IPv4 address: among a hundred hosts two share a pseudonym with
/// a probability of 2 in 100,000, which the disclosure notices and refuses.
/// </remarks>
public sealed class Pseudonyms(byte[] key, int epoch)
{
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    /// <summary>The number of the key.</summary>
    public int Epoch => epoch;

    /// <summary>The pseudonym of an IP or link address.</summary>
    public string OfAddress(string address) => IPAddress.TryParse(address, out var ip)
        ? OfIp(ip).ToString()
        : TryLinkAddress(address, out var link)
            ? string.Join(':', OfLink(link).Select(b => b.ToString("x2", CultureInfo.InvariantCulture)))
            : Of("node", address);

    /// <summary>The pseudonym of an IP address.</summary>
    public IPAddress OfIp(IPAddress address)
    {
        var mac = Mac("ip", address.ToString());
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            Span<byte> four = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(four, 0xF000_0000 | (BinaryPrimitives.ReadUInt32BigEndian(mac) >> 4));
            // The broadcast address is one of the block.
            if (four.IndexOfAnyExcept((byte)0xFF) < 0) four[3] = 0xFE;
            return new IPAddress(four);
        }

        var sixteen = new byte[16];
        sixteen[0] = 0x01;
        mac.AsSpan(0, 8).CopyTo(sixteen.AsSpan(8));
        return new IPAddress(sixteen);
    }

    /// <summary>The pseudonym of a link address of six bytes; group addresses stay group addresses.</summary>
    public byte[] OfLink(ReadOnlySpan<byte> address)
    {
        var mac = Mac("link", Convert.ToHexStringLower(address));
        return [(byte)(0x06 | (address[0] & 1)), 0, mac[0], mac[1], mac[2], mac[3]];
    }

    /// <summary>The pseudonym of a name: a word for its sort, and ten characters (50 bits).</summary>
    public string Of(string sort, string value)
    {
        var mac = Mac(sort, value);
        var text = new StringBuilder(sort).Append('-');
        for (var i = 0; i < 10; i++) text.Append(Alphabet[mac[i] & 31]);
        return text.ToString();
    }

    /// <summary>Whether an address is one of the blocks pseudonyms are taken from.</summary>
    public static bool IsPseudonym(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return bytes.Length == 4 ? bytes[0] >= 0xF0 : bytes[0] == 1 && bytes.AsSpan(1, 7).IndexOfAnyExcept((byte)0) < 0;
    }

    /// <summary>Reads a link address of six bytes.</summary>
    public static bool TryLinkAddress(string text, out byte[] bytes)
    {
        bytes = [];
        if (text.Length != 17 || (text[2] is not (':' or '-'))) return false;
        var hex = text.Replace(":", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        if (hex.Length != 12 || !hex.All(char.IsAsciiHexDigit)) return false;
        bytes = Convert.FromHexString(hex);
        return true;
    }

    private byte[] Mac(string sort, string value) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(sort + "\n" + value));
}
