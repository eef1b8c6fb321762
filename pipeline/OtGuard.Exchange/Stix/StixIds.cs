using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace OtGuard.Exchange.Stix;

/// <summary>Identifiers that are the same whenever the same is exported.</summary>
/// <remarks>
/// Cyber-observables: UUIDv5 in the namespace of STIX 2.1 §2.9 over the canonical JSON of their id contributing
/// properties. Everything else: UUIDv5 in a namespace of the project over type and reference, <c>TYPE|REFERENCE</c>,
/// where the reference is the object's first external reference of source <c>otguard</c>, or for a relationship
/// <c>RELATIONSHIP_TYPE|SOURCE_REF|TARGET_REF</c>. A bundle: over the SHA-256 of the canonical JSON of its objects.
/// </remarks>
public static class StixIds
{
    /// <summary>The namespace of cyber-observables (STIX 2.1 §2.9).</summary>
    public static readonly Guid ObservableNamespace = new("00abedb4-aa42-466c-9c01-fed23315a9b7");

    /// <summary>The project's namespace: UUIDv5 of <c>https://otguard.example/stix</c> in the namespace of URLs.</summary>
    public static readonly Guid ProjectNamespace = Uuid5(new Guid("6ba7b811-9dad-11d1-80b4-00c04fd430c8"), "https://otguard.example/stix");

    /// <summary>The source name of external references that identifiers are made of.</summary>
    public const string SourceName = "otguard";

    /// <summary>The identifier of an object of the project's.</summary>
    public static string Of(string type, string reference) => $"{type}--{Uuid5(ProjectNamespace, $"{type}|{reference}"):D}";

    /// <summary>The identifier of a cyber-observable by its id contributing properties.</summary>
    public static string OfObservable(string type, JsonObject contributing) =>
        $"{type}--{Uuid5(ObservableNamespace, CanonicalJson.Write(contributing)):D}";

    /// <summary>A UUID of version 5 (RFC 9562 §5.5).</summary>
    public static Guid Uuid5(Guid space, string name)
    {
        var text = Encoding.UTF8.GetBytes(name);
        var bytes = new byte[16 + text.Length];
        space.TryWriteBytes(bytes, bigEndian: true, out _);
        text.CopyTo(bytes, 16);
        // The standard names the hash; nothing here rests on its strength.
#pragma warning disable CA5350
        var hash = SHA1.HashData(bytes).AsSpan(0, 16);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash, bigEndian: true);
    }
}
