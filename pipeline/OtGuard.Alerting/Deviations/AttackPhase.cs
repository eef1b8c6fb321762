namespace OtGuard.Alerting;

/// <summary>The steps of an attack in the order one follows from another.</summary>
public enum AttackPhase : byte
{
    /// <summary>No step: what tells of the monitor itself.</summary>
    None,

    /// <summary>Getting in: a new host, a new conversation, a guessed password, a device in between.</summary>
    Access,

    /// <summary>Finding out what is there: scans, identification.</summary>
    Discovery,

    /// <summary>Reading points of the process.</summary>
    Read,

    /// <summary>Changing something: a value, a program, a configuration.</summary>
    Write,

    /// <summary>What became of it: a device that stops, a view that lies, traces removed.</summary>
    Effect,
}

/// <summary>The phase a technique belongs to.</summary>
/// <remarks>
/// MITRE ATT&amp;CK for ICS 18.1, by the tactic of each technique: Initial Access, Lateral Movement, Persistence and
/// Credential Access are <see cref="AttackPhase.Access"/>; Discovery is itself; Collection is
/// <see cref="AttackPhase.Read"/>; Impair Process Control and Execution are <see cref="AttackPhase.Write"/>; Inhibit
/// Response Function, Evasion and Impact are <see cref="AttackPhase.Effect"/>. The first technique of a kind is the one
/// it stands for first; the others only where that one is unknown.
/// </remarks>
public static class AttackPhases
{
    private static readonly Dictionary<string, AttackPhase> ByTechnique = new(StringComparer.Ordinal)
    {
        // Initial Access, Lateral Movement, Persistence, Command and Control.
        ["T0817"] = AttackPhase.Access,
        ["T0819"] = AttackPhase.Access,
        ["T0822"] = AttackPhase.Access,
        ["T0847"] = AttackPhase.Access,
        ["T0848"] = AttackPhase.Access,
        ["T0859"] = AttackPhase.Access,
        ["T0860"] = AttackPhase.Access,
        ["T0862"] = AttackPhase.Access,
        ["T0864"] = AttackPhase.Access,
        ["T0865"] = AttackPhase.Access,
        ["T0866"] = AttackPhase.Access,
        ["T0867"] = AttackPhase.Access,
        ["T0869"] = AttackPhase.Access,
        ["T0883"] = AttackPhase.Access,
        ["T0884"] = AttackPhase.Access,
        ["T0885"] = AttackPhase.Access,
        ["T0886"] = AttackPhase.Access,
        ["T0812"] = AttackPhase.Access,
        ["T0891"] = AttackPhase.Access,
        ["T0830"] = AttackPhase.Access,

        // Discovery.
        ["T0840"] = AttackPhase.Discovery,
        ["T0842"] = AttackPhase.Discovery,
        ["T0846"] = AttackPhase.Discovery,
        ["T0887"] = AttackPhase.Discovery,
        ["T0888"] = AttackPhase.Discovery,

        // Collection.
        ["T0801"] = AttackPhase.Read,
        ["T0802"] = AttackPhase.Read,
        ["T0811"] = AttackPhase.Read,
        ["T0845"] = AttackPhase.Read,
        ["T0852"] = AttackPhase.Read,
        ["T0861"] = AttackPhase.Read,
        ["T0868"] = AttackPhase.Read,
        ["T0877"] = AttackPhase.Read,
        ["T0893"] = AttackPhase.Read,

        // Impair Process Control, Execution, changes of programs and firmware.
        ["T0806"] = AttackPhase.Write,
        ["T0807"] = AttackPhase.Write,
        ["T0821"] = AttackPhase.Write,
        ["T0823"] = AttackPhase.Write,
        ["T0834"] = AttackPhase.Write,
        ["T0836"] = AttackPhase.Write,
        ["T0839"] = AttackPhase.Write,
        ["T0843"] = AttackPhase.Write,
        ["T0853"] = AttackPhase.Write,
        ["T0855"] = AttackPhase.Write,
        ["T0856"] = AttackPhase.Write,
        ["T0857"] = AttackPhase.Write,
        ["T0858"] = AttackPhase.Write,
        ["T0871"] = AttackPhase.Write,
        ["T0874"] = AttackPhase.Write,
        ["T0889"] = AttackPhase.Write,
        ["T0895"] = AttackPhase.Write,

        // Inhibit Response Function, Evasion, Impact.
        ["T0800"] = AttackPhase.Effect,
        ["T0803"] = AttackPhase.Effect,
        ["T0804"] = AttackPhase.Effect,
        ["T0805"] = AttackPhase.Effect,
        ["T0809"] = AttackPhase.Effect,
        ["T0813"] = AttackPhase.Effect,
        ["T0814"] = AttackPhase.Effect,
        ["T0815"] = AttackPhase.Effect,
        ["T0816"] = AttackPhase.Effect,
        ["T0826"] = AttackPhase.Effect,
        ["T0827"] = AttackPhase.Effect,
        ["T0828"] = AttackPhase.Effect,
        ["T0829"] = AttackPhase.Effect,
        ["T0831"] = AttackPhase.Effect,
        ["T0832"] = AttackPhase.Effect,
        ["T0835"] = AttackPhase.Effect,
        ["T0837"] = AttackPhase.Effect,
        ["T0838"] = AttackPhase.Effect,
        ["T0849"] = AttackPhase.Effect,
        ["T0851"] = AttackPhase.Effect,
        ["T0872"] = AttackPhase.Effect,
        ["T0878"] = AttackPhase.Effect,
        ["T0879"] = AttackPhase.Effect,
        ["T0880"] = AttackPhase.Effect,
        ["T0881"] = AttackPhase.Effect,
        ["T0882"] = AttackPhase.Effect,
        ["T0892"] = AttackPhase.Effect,
    };

    /// <summary>The phase of the first technique that is known; <see cref="AttackPhase.None"/> where none is.</summary>
    public static AttackPhase Of(IReadOnlyList<string> techniques)
    {
        foreach (var technique in techniques)
            if (ByTechnique.TryGetValue(technique, out var phase)) return phase;
        return AttackPhase.None;
    }
}
