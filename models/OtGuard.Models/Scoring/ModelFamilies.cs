using OtGuard.Models.Signals;

namespace OtGuard.Models.Scoring;

/// <summary>Every family of models. A new one is a folder and a line here.</summary>
public static class ModelFamilies
{
    /// <summary>All of them, in the order of their scales.</summary>
    public static IReadOnlyList<IModelFamily> All { get; } =
    [
        new SignalFamily(),
        new Rhythm.PollFamily(),
        new Conversations.TrafficFamily(),
        new Sequence.SequenceFamily(),
    ];

    /// <summary>The family of a name, or null.</summary>
    public static IModelFamily? Find(string name) => All.FirstOrDefault(family => family.Name == name);
}
