namespace OtGuard.Exchange.Sharing;

/// <summary>Why something may not leave.</summary>
public enum ObstacleKind : byte
{
    /// <summary>The case is an exercise and the partner a real channel. Arguments: case, partner.</summary>
    ExerciseToRealChannel,

    /// <summary>The partner is a channel for exercises and the case none. Arguments: partner, case.</summary>
    RealToExercise,

    /// <summary>Required fields hold nothing. Arguments: stage, then the fields.</summary>
    Missing,

    /// <summary>The partner is reached by plain mail, and the level is too narrow for it. Argument: partner.</summary>
    PlainMail,

    /// <summary>A withheld value still occurs. Arguments: file, sort, form, value.</summary>
    Leak,
}

/// <summary>Why something may not leave, with what a sentence in any language is made of.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Arguments">As the kind says.</param>
public sealed record Obstacle(ObstacleKind Kind, params IReadOnlyList<string> Arguments)
{
    /// <summary>One sentence in English.</summary>
    public override string ToString() => Kind switch
    {
        ObstacleKind.ExerciseToRealChannel =>
            $"Case {Arguments[0]} is an exercise, and {Arguments[1]} is a real channel: exercises go to partners marked "
            + "for them only.",
        ObstacleKind.RealToExercise => $"{Arguments[0]} is a channel for exercises, and case {Arguments[1]} is none.",
        ObstacleKind.Missing => $"Missing for {Arguments[0]}: {string.Join(", ", Arguments.Skip(1))}.",
        ObstacleKind.PlainMail =>
            $"{Arguments[0]} is reached by plain mail, which is for TLP:CLEAR and TLP:GREEN only.",
        ObstacleKind.Leak =>
            $"{Arguments[0]} still holds what is withheld ({Arguments[1]}), as {Arguments[2]}: {Arguments[3]}",
    };
}
