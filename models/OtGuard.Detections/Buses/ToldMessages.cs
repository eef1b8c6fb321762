using OtGuard.Models;

namespace OtGuard.Detections.Buses;

/// <summary>
/// Which messages of a bus are told one by one: the first few; further ones share a deviation, as a line for each would bury
/// the rest.
/// </summary>
/// <remarks>Bounded by the number told one by one. Not thread-safe.</remarks>
internal sealed class ToldMessages(int oneByOne)
{
    private readonly Dictionary<BusState, HashSet<uint>> _told = [];

    /// <summary>The key of the message's own deviation, or of the one that all others of the bus share.</summary>
    public FactKey KeyOf(BusState bus, uint identifier)
    {
        if (!_told.TryGetValue(bus, out var told)) _told.Add(bus, told = []);
        return told.Contains(identifier) || told.Count < oneByOne && told.Add(identifier)
            ? BusPhrases.Key(bus, identifier)
            : BusPhrases.Key(bus);
    }
}
