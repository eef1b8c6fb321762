using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using OtGuard.Alerting;
using OtGuard.Dashboard.Plant;

namespace OtGuard.Host.Plant;

/// <summary>
/// The write ledger and the CAN bench over restarts: what sources showed is put into the store, and what they showed
/// before is shown with it. Thread-safe.
/// </summary>
/// <remarks>
/// A write that is read again, as from a file, is the same write. A message that comes again counts anew; what did
/// not come since is shown as it was.
/// </remarks>
internal sealed class PlantMemory(IActStore store)
{
    private readonly ConcurrentDictionary<string, PlantPicture> _before = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Source, ActKind Kind, string Key), string> _kept = new();

    /// <summary>Reads what was kept of a source.</summary>
    public async Task LoadAsync(string source, CancellationToken cancellation)
    {
        _before[source] = PlantPicture.Empty with
        {
            Writes = await ReadAsync<WriteView>(source, ActKind.Write, cancellation),
            Diagnostics = await ReadAsync<DiagnosticView>(source, ActKind.Diagnostic, cancellation),
            Messages = await ReadAsync<MessageView>(source, ActKind.Message, cancellation),
            Buses = await ReadAsync<BusView>(source, ActKind.Bus, cancellation),
        };
    }

    /// <summary>What a source shows, with what it showed before this run.</summary>
    public PlantPicture With(string source, PlantPicture now)
    {
        if (!_before.TryGetValue(source, out var before)) return now;
        return now with
        {
            Writes =
            [
                .. now.Writes.Concat(before.Writes).DistinctBy(KeyOf).OrderByDescending(write => write.Time)
                    .Take(ActLog.WriteCapacity),
            ],
            Diagnostics =
            [
                .. now.Diagnostics.Concat(before.Diagnostics).DistinctBy(KeyOf).OrderByDescending(one => one.Time)
                    .Take(ActLog.DiagnosticCapacity),
            ],
            Messages =
            [
                .. now.Messages.Concat(before.Messages).DistinctBy(KeyOf).OrderBy(KeyOf, StringComparer.Ordinal)
                    .Take(CanBench.Capacity),
            ],
            // What is no longer heard carries nothing now.
            Buses =
            [
                .. now.Buses.Concat(before.Buses.Select(bus => bus with { FramesPerSecond = 0, BitsPerSecond = 0 }))
                    .DistinctBy(KeyOf).OrderBy(KeyOf, StringComparer.Ordinal),
            ],
        };
    }

    /// <summary>Puts into the store what a source shows and is not there yet as it is.</summary>
    public async Task KeepAsync(string source, PlantPicture picture, CancellationToken cancellation)
    {
        var latest = picture.Messages.Select(message => message.LastSeen).DefaultIfEmpty().Max();
        List<KeptAct> acts =
        [
            .. picture.Writes.Select(write => new KeptAct(source, ActKind.Write, KeyOf(write), write.Time,
                AlertingJson.Write(write))),
            .. picture.Diagnostics.Select(one => new KeptAct(source, ActKind.Diagnostic, KeyOf(one), one.Time,
                AlertingJson.Write(one))),
            .. picture.Messages.Select(one => new KeptAct(source, ActKind.Message, KeyOf(one), one.LastSeen,
                AlertingJson.Write(one))),
            .. picture.Buses.Select(one => new KeptAct(source, ActKind.Bus, KeyOf(one), latest,
                AlertingJson.Write(one))),
        ];
        List<KeptAct> changed =
            [.. acts.Where(act => _kept.GetValueOrDefault((act.Source, act.Kind, act.Key)) != act.Body)];
        // A source that is opened again begins with nothing: what it showed until then is shown with it.
        _before[source] = With(source, picture);
        if (!await store.PutAsync(changed, cancellation)) return;

        // Of those that are no longer shown nothing changes any more.
        foreach (var gone in _kept.Keys.Where(key => key.Source == source).Except(acts.Select(act => (act.Source,
            act.Kind, act.Key))))
            _kept.TryRemove(gone, out _);
        foreach (var act in changed) _kept[(act.Source, act.Kind, act.Key)] = act.Body;
    }

    private async Task<IReadOnlyList<T>> ReadAsync<T>(string source, ActKind kind, CancellationToken cancellation)
    {
        List<T> read = [];
        foreach (var act in await store.ListAsync(source, kind, cancellation))
        {
            try
            {
                read.Add(AlertingJson.Read<T>(act.Body));
            }
            catch (JsonException)
            {
                // Written by another version: what it cannot say is left out, and falls out with its age.
            }
        }

        return read;
    }

    private static string KeyOf(WriteView write) => string.Create(
        CultureInfo.InvariantCulture,
        $"{write.Time.UnixNanoseconds:D20} {write.Frame} {write.Client} {write.Server} {write.Unit} {write.Target} {write.Name}");

    private static string KeyOf(DiagnosticView one) => string.Create(
        CultureInfo.InvariantCulture, $"{one.Time.UnixNanoseconds:D20} {one.Frame} {one.Client} {one.Server} {one.Protocol} {one.Request}");

    private static string KeyOf(MessageView message) => $"{message.Bus} {message.Id}";

    private static string KeyOf(BusView bus) => bus.Name;
}
