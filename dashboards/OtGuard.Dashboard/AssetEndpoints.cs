using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace OtGuard.Dashboard;

/// <summary>
/// What the browser loads: scripts, styles and signs, from within the program, so that they are there however it was
/// built
/// or started, and no other host is asked. They say nothing about the plant and are open to everybody.
/// </summary>
internal static class AssetEndpoints
{
    private const string Prefix = "Assets/";

    private static readonly FrozenDictionary<string, Asset> Assets = Read();

    /// <summary>Changes with the contents, so that browsers may keep them.</summary>
    public static string Version { get; } = Convert.ToHexStringLower(SHA256.HashData(
        [.. Assets.OrderBy(one => one.Key, StringComparer.Ordinal).SelectMany(one => one.Value.Hash)]))[..12];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/assets/{version}/{name}", (string version, string name, HttpContext context) =>
                Answer(name, context, keep: version == Version))
            .ExcludeFromDescription().AllowAnonymous();
        routes.MapGet("/_framework/blazor.web.js", (HttpContext context) => Answer("blazor.web.js", context, keep: false))
            .ExcludeFromDescription().AllowAnonymous();
        routes.MapGet("/favicon.ico", (HttpContext context) => Answer("icon.svg", context, keep: false))
            .ExcludeFromDescription().AllowAnonymous();
    }

    private static IResult Answer(string name, HttpContext context, bool keep)
    {
        if (!Assets.TryGetValue(name, out var asset)) return TypedResults.NotFound();
        context.Response.Headers.CacheControl = keep ? "public, max-age=31536000, immutable" : "no-cache";
        context.Response.Headers.Vary = "Accept-Encoding";
        var isPacked = context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal);
        if (isPacked) context.Response.Headers.ContentEncoding = "br";
        var tag = $"\"{Convert.ToHexStringLower(asset.Hash.AsSpan(0, 8))}{(isPacked ? "-br" : "")}\"";
        return TypedResults.Bytes(
            isPacked ? asset.Packed : asset.Plain, asset.ContentType,
            entityTag: Microsoft.Net.Http.Headers.EntityTagHeaderValue.Parse(tag));
    }

    private static FrozenDictionary<string, Asset> Read()
    {
        var assembly = typeof(AssetEndpoints).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[Prefix.Length..], name => Load(assembly, name), StringComparer.Ordinal);
    }

    private static Asset Load(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        using var plain = new MemoryStream();
        stream.CopyTo(plain);
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest)) brotli.Write(plain.GetBuffer(), 0, (int)plain.Length);
        return new Asset(plain.ToArray(), packed.ToArray(), SHA256.HashData(plain.GetBuffer().AsSpan(0, (int)plain.Length)), Path.GetExtension(name) switch
        {
            ".js" => "text/javascript; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".svg" => "image/svg+xml",
            _ => "text/plain; charset=utf-8",
        });
    }

    private sealed record Asset(byte[] Plain, byte[] Packed, byte[] Hash, string ContentType);
}
