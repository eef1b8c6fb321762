namespace OtGuard.Simulators;

/// <summary>How strongly an attack is carried out.</summary>
public enum Intensity : byte
{
    /// <summary>Slow or slight: hard to notice.</summary>
    Low,

    /// <summary>As tools do it by default.</summary>
    Medium,

    /// <summary>As fast or as far as it goes.</summary>
    High,
}
