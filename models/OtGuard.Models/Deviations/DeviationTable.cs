using System.Security.Cryptography;
using System.Text;
using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>What makes two facts the same one, apart from the kind: numbers only, so that a repetition costs no string.</summary>
/// <param name="A">For instance the conversation's index.</param>
/// <param name="B">For instance unit, function code and address packed.</param>
public readonly record struct FactKey(ulong A, ulong B = 0);

/// <summary>The frames before an observation on a bus, as logs write them.</summary>
internal delegate IReadOnlyList<string> FramesBefore(in Observation observation);

/// <summary>
/// The deviations of a run: a fact seen again grows the deviation that is there. Bounded: beyond
/// <see cref="Capacity"/> new facts are counted by kind and not told one by one.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class DeviationTable
{
    private readonly Dictionary<(string Kind, FactKey Key), Deviation> _open = [];
    private readonly List<Deviation> _all = [];
    private readonly List<Deviation> _changed = [];
    private readonly SortedDictionary<string, long> _beyondCapacity = new(StringComparer.Ordinal);
    private readonly string _sensor;
    private readonly string? _baseline;

    /// <summary>Creates an empty table.</summary>
    public DeviationTable(string sensor, string? baseline, int capacity = 10_000) =>
        (_sensor, _baseline, Capacity) = (sensor, baseline, capacity);

    /// <summary>Deviations that keep the frames before them: 2 KiB each.</summary>
    public const int WithFrames = 1000;

    /// <summary>Gives the frames before an observation on a bus; none where it is not set.</summary>
    internal FramesBefore? Frames { get; set; }

    /// <summary>How many deviations are kept one by one.</summary>
    public int Capacity { get; }

    /// <summary>All deviations in the order they were opened.</summary>
    public IReadOnlyList<Deviation> All => _all;

    /// <summary>Findings beyond the capacity, by kind.</summary>
    public IReadOnlyDictionary<string, long> BeyondCapacity => _beyondCapacity;

    /// <summary>Called for each deviation when it is opened and when its finding is replaced.</summary>
    public Action<Deviation>? Opened { get; set; }

    /// <summary>Called for each sighting with the frames that show it (0 for none): for verdicts per frame.</summary>
    public Action<Deviation, long, long>? Sighted { get; set; }

    /// <summary>
    /// Counts the observation to the deviation of that fact where it is open already and returns true; else returns
    /// false, and the caller makes the words and calls <see cref="Open"/>.
    /// </summary>
    public bool Repeat(string kind, FactKey key, in Observation observation)
    {
        if (!_open.TryGetValue((kind, key), out var deviation))
        {
            if (_all.Count < Capacity) return false;
            _beyondCapacity[kind] = _beyondCapacity.GetValueOrDefault(kind) + 1;
            return true;
        }

        deviation.Occurrences++;
        deviation.State = DeviationState.Update;
        Sight(deviation, observation);
        return true;
    }

    /// <summary>
    /// As <see cref="Repeat(string, FactKey, in Observation)"/>, for a fact that goes on in another conversation, which
    /// is accused too.
    /// </summary>
    public bool Repeat(string kind, FactKey key, in Observation observation, Conversation accused)
    {
        if (!Repeat(kind, key, observation)) return false;
        if (_open.TryGetValue((kind, key), out var deviation)) deviation.Accuse(accused);
        return true;
    }

    /// <summary>The open deviation of a fact, or null.</summary>
    public Deviation? Find(string kind, FactKey key) => _open.GetValueOrDefault((kind, key));

    /// <summary>Opens the deviation of a fact that <see cref="Repeat(string, FactKey, in Observation)"/> did not know.</summary>
    public Deviation Open(FactKey key, Finding finding, in Observation observation)
    {
        var deviation = new Deviation(
            IdOf(finding, observation), finding, _sensor, _baseline, observation.Protocol, observation.Time)
        {
            FramesBefore = _all.Count < WithFrames ? Frames?.Invoke(in observation) ?? [] : [],
        };
        _open.Add((finding.Kind.Name, key), deviation);
        _all.Add(deviation);
        Sight(deviation, observation);
        Opened?.Invoke(deviation);
        return deviation;
    }

    /// <summary>Adds frames seen earlier to a deviation, as when the third of three events makes it one.</summary>
    public void Cover(Deviation deviation, long requestFrame, long responseFrame)
    {
        AddFrame(deviation, requestFrame);
        AddFrame(deviation, responseFrame);
        Change(deviation);
        Sighted?.Invoke(deviation, requestFrame, responseFrame);
    }

    /// <summary>Likewise, for an earlier event that was the same fact: counted, and the fact begins when it did.</summary>
    public void Cover(Deviation deviation, CaptureTime time, long requestFrame, long responseFrame)
    {
        deviation.Occurrences++;
        if (time < deviation.FirstSeen) deviation.FirstSeen = time;
        Cover(deviation, requestFrame, responseFrame);
    }

    /// <summary>
    /// Gives an open deviation new words, as when a scan has reached many more hosts than when it was noticed. Kind and
    /// subject stay, and with them the deviation's identity.
    /// </summary>
    public void Revise(Deviation deviation, Finding finding)
    {
        deviation.Finding = finding;
        deviation.State = DeviationState.Update;
        Change(deviation);
        Opened?.Invoke(deviation);
    }

    /// <summary>Closes every open deviation: the capture ended.</summary>
    public void CloseAll()
    {
        foreach (var deviation in _all) Close(deviation);
        _open.Clear();
    }

    /// <summary>
    /// Closes the deviations last seen before a moment: for runs without an end. They stay in the table, and the same fact
    /// opens them again, so that a run told in parts gives the same deviations as one told at its end.
    /// </summary>
    public void CloseSilent(CaptureTime before)
    {
        foreach (var deviation in _all)
            if (deviation.LastSeen < before) Close(deviation);
    }

    /// <summary>
    /// Closes the deviations that have been silent for longest, and forgets them, so that there is room for new facts.
    /// </summary>
    /// <param name="kept">How many are kept at most.</param>
    public void CloseLongestSilent(int kept)
    {
        if (_all.Count <= kept) return;
        var gone = _all.OrderBy(deviation => deviation.LastSeen).Take(_all.Count - kept).ToHashSet();
        foreach (var key in _open.Where(pair => gone.Contains(pair.Value)).Select(pair => pair.Key).ToList())
            _open.Remove(key);
        foreach (var deviation in gone) Close(deviation);
        _all.RemoveAll(gone.Contains);
    }

    /// <summary>
    /// Shows each deviation that was opened, has grown or was closed since it was last taken; one that is not taken is
    /// shown again the next time.
    /// </summary>
    /// <param name="take">True where its present state was taken.</param>
    public void TakeChanges(Func<Deviation, bool> take)
    {
        var kept = 0;
        for (var i = 0; i < _changed.Count; i++)
        {
            var deviation = _changed[i];
            if (take(deviation)) deviation.IsChanged = false;
            else _changed[kept++] = deviation;
        }

        _changed.RemoveRange(kept, _changed.Count - kept);
    }

    private void Close(Deviation deviation)
    {
        if (deviation.State == DeviationState.Close) return;
        deviation.State = DeviationState.Close;
        Change(deviation);
    }

    private void Change(Deviation deviation)
    {
        if (deviation.IsChanged) return;
        deviation.IsChanged = true;
        _changed.Add(deviation);
    }

    private void Sight(Deviation deviation, in Observation observation)
    {
        Change(deviation);
        if (observation.Time > deviation.LastSeen) deviation.LastSeen = observation.Time;
        AddFrame(deviation, observation.RequestFrame);
        AddFrame(deviation, observation.ResponseFrame);
        Sighted?.Invoke(deviation, observation.RequestFrame, observation.ResponseFrame);
    }

    private static void AddFrame(Deviation deviation, long frame)
    {
        if (frame > 0) deviation.OwnFrames.Add(frame);
    }

    private string IdOf(Finding finding, in Observation observation)
    {
        // One frame may show the same of two objects of one server: which of them, only the sentence says.
        var text = $"{_sensor}\n{finding.Kind.Name}\n{finding.Subject}\n{observation.Time}\n{observation.Frame}\n"
            + $"{finding.Observed}\n{Messages.Format(finding.Message)}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }
}
