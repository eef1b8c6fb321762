namespace OtGuard.Collectors.Capture.Files;

/// <summary>Numbers the interfaces of all files of a run: <see cref="CapturedFrame.Source"/>.</summary>
/// <remarks>
/// Each interface of each file has a number of its own, as it is not known whether two files were taken at the same
/// place. Not so the channels of CAN logs: a bench records one drive into several logs, and a channel of the same name is
/// the same bus.
/// </remarks>
internal sealed class SourceNumbers
{
    private readonly Dictionary<(string? Name, int Place), int> _buses = [];

    /// <summary>Numbers given out.</summary>
    public int Count { get; private set; }

    /// <summary>The next number.</summary>
    public int Next() => Count++;

    /// <summary>The number of a bus: by its name, or where it has none by its place in the file.</summary>
    public int OfBus(string? name, int place)
    {
        var key = (name, name is null ? place : -1);
        if (!_buses.TryGetValue(key, out var number)) _buses.Add(key, number = Next());
        return number;
    }
}
