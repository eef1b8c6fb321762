using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation.OpcUa;

/// <summary>
/// Certificates and keys that ship with the simulator. They are public and secure nothing: they serve practice alone.
/// </summary>
internal static class OpcUaPractice
{
    /// <summary>The server's.</summary>
    public const string Server = "server";

    /// <summary>The historian's.</summary>
    public const string Historian = "historian";

    /// <summary>One that nobody in the station knows.</summary>
    public const string Stranger = "stranger";

    /// <summary>The certificate and key of that name, for the caller alone: they are not thread-safe.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static OpcUaIdentity Identity(string name)
    {
        using var stream = typeof(OpcUaPractice).Assembly
            .GetManifestResourceStream($"OtGuard.Simulators.Substation.OpcUa.Practice.{name}.pem")
            ?? throw new ArgumentException($"There is no practice certificate '{name}'.", nameof(name));
        using var reader = new StreamReader(stream);
        return OpcUaIdentity.FromPem(reader.ReadToEnd());
    }
}
