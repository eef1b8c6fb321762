using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Live;

/// <summary>
/// The ground truth of a live run as a file: one row for each planted event with its begin and its end so far, in true
/// time. The file is replaced as a whole, so that whoever reads it never sees half of it.
/// </summary>
public sealed class LiveTruthFile
{
    private readonly string _path;

    /// <summary>Writes the file with no event in it yet.</summary>
    public LiveTruthFile(string path)
    {
        _path = Path.GetFullPath(path);
        Write([]);
    }

    /// <summary>Writes all events there are.</summary>
    public void Write(IReadOnlyList<LiveEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        var beside = _path + ".new";
        using (var writer = new StreamWriter(beside) { NewLine = "\n" })
        {
            writer.WriteLine("event;label;attacker;victims;techniques;begin;end");
            foreach (var happened in events)
            {
                var truth = happened.Truth;
                writer.WriteLine(string.Join(
                    ';', truth.Event, truth.IsAttack ? "1" : "0", truth.Attacker, string.Join(' ', truth.Victims),
                    string.Join(' ', truth.Techniques), TruthFiles.Time(happened.Begin), TruthFiles.Time(happened.End)));
            }
        }

        File.Move(beside, _path, overwrite: true);
    }
}
