using System.Text.Json.Nodes;
using OtGuard.Alerting;
using OtGuard.Host.Commands;
using OtGuard.Host.Live;

namespace OtGuard.Host.Configuration;

/// <summary>Reads the configuration of the service: the file, then the environment.</summary>
internal static class ConfigurationFile
{
    private const string StoreFile = "otguard.store";
    private const string TrafficFolder = "traffic";

    /// <summary>The folder of evidence, in the data folder.</summary>
    public const string EvidenceFolder = "evidence";

    /// <summary>Reads a configuration; with no file, what the environment and the defaults say.</summary>
    /// <exception cref="ConfigurationException">It has faults; the message tells them all.</exception>
    public static ServiceConfiguration Read(FileInfo? file, IReadOnlyDictionary<string, string> environment)
    {
        if (file is not null && Directory.Exists(file.FullName))
            throw new ConfigurationException(file.Name, [new("", $"'{file}' is a folder, not a configuration.")]);
        var reader = new SettingsReader(
            file?.DirectoryName ?? Directory.GetCurrentDirectory(), environment);
        JsonNode? root = file is null ? new JsonObject() : reader.Parse(File.ReadAllText(file.FullName));
        if (root is JsonObject json)
            EnvironmentOverrides.Apply(json, typeof(ServiceConfiguration), environment, reader);
        var read = root is null ? new ServiceConfiguration() : reader.Read(root, new ServiceConfiguration());
        var data = read.Data ?? DefaultData(environment);
        var store = read.Store.Path is { Length: > 0 } named
            ? named
            : environment.TryGetValue("OTGUARD_STORE", out var variable) && variable.Length > 0
                ? Path.GetFullPath(variable)
                : Path.Combine(data, StoreFile);
        read = read with
        {
            Data = data,
            Store = read.Store with { Path = store },
            Traffic = read.Traffic with { Folder = read.Traffic.Folder ?? Path.Combine(data, TrafficFolder) },
            Evidence = read.Evidence with { Folder = read.Evidence.Folder ?? Path.Combine(data, EvidenceFolder) },
        };
        if (reader.Faults.Count == 0) Check(read, reader);
        return reader.Faults.Count == 0
            ? read
            : throw new ConfigurationException(file?.Name ?? "environment", reader.Faults);
    }

    /// <summary>What the reader of single keys cannot see: what does not go together.</summary>
    private static void Check(ServiceConfiguration read, SettingsReader reader)
    {
        CheckSources(read, reader);
        foreach (var twice in read.Sinks.Names().GroupBy(sink => sink.Name, StringComparer.Ordinal)
            .Where(group => group.Count() > 1))
            foreach (var (path, _) in twice.Skip(1))
                reader.Fail($"{path}.name", $"'{twice.Key}' is the name of another destination: give each its own.");
        var names = read.Sinks.Names().Select(sink => sink.Name).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < read.Alerting.Routes.Count; i++)
        {
            var destination = read.Alerting.Routes[i].Destination;
            if (names.Contains(destination)) continue;
            reader.Fail(
                $"alerting.routes[{i}].destination", names.Count == 0
                    ? $"There is no destination '{destination}': no sink is configured."
                    : $"There is no destination '{destination}'; there are {string.Join(", ", names.Order())}.");
        }

        if (!System.Net.IPAddress.TryParse(read.Http.Address, out _))
            reader.Fail("http.address", $"'{read.Http.Address}' is no IP address, as 127.0.0.1.");
        else if (!read.Http.Https && !System.Net.IPAddress.IsLoopback(System.Net.IPAddress.Parse(read.Http.Address)))
            reader.Fail("http.https", $"On '{read.Http.Address}' passwords would travel in the clear: plain HTTP is for 127.0.0.1.");
        if ((read.Http.Certificate is null) != (read.Http.CertificateKey is null))
            reader.Fail("http.certificate", "A certificate and its key belong together: name both, or none.");
        if (read.RequireSignature is not null && read.Baseline is null
            && read.Sources.All(source => source.Baseline is null))
            reader.Fail("requireSignature", "There is no baseline that it could be asked of.");
        foreach (var (path, missing) in Files(read))
            if (!File.Exists(missing)) reader.Fail(path, $"There is no file '{missing}'.");
    }

    private static void CheckSources(ServiceConfiguration read, SettingsReader reader)
    {
        for (var i = 0; i < read.Sources.Count; i++)
        {
            var source = read.Sources[i];
            if (read.Sources.Take(i).Any(other => other.Name == source.Name))
                reader.Fail($"sources[{i}].name", $"'{source.Name}' is the name of another source: give each its own.");
            if (source.Name.All(c => c == '.'))
                reader.Fail($"sources[{i}].name", "A name has at least one letter or digit: files are named by it.");
            if (!source.Name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.'))
                reader.Fail($"sources[{i}].name",
                    "A name has letters, digits, '-', '_' and '.' only: files are named by it.");
            if (!LiveAddress.IsLive(source.Address)) continue;
            try
            {
                LiveAddress.Parse(source.Address);
            }
            catch (UsageException fault)
            {
                reader.Fail($"sources[{i}].address", fault.Message);
            }
        }
    }

    private static IEnumerable<(string Path, string File)> Files(ServiceConfiguration read)
    {
        if (read.Baseline is { } baseline) yield return ("baseline", baseline);
        if (read.RequireSignature is { } key) yield return ("requireSignature", key);
        if (read.Names is { } names) yield return ("names", names);
        if (read.Site is { } site) yield return ("site", site);
        if (read.Exchange is { } exchange) yield return ("exchange", Path.Combine(exchange, "operator.json"));
        if (read.Http.Certificate is { } certificate) yield return ("http.certificate", certificate);
        if (read.Http.CertificateKey is { } certificateKey) yield return ("http.certificateKey", certificateKey);
        for (var i = 0; i < read.Dbc.Count; i++) yield return ($"dbc[{i}]", read.Dbc[i]);
        for (var i = 0; i < read.Sources.Count; i++)
        {
            if (read.Sources[i].Baseline is { } own) yield return ($"sources[{i}].baseline", own);
            if (!LiveAddress.IsLive(read.Sources[i].Address))
                yield return ($"sources[{i}].address", read.Sources[i].Address);
        }
    }

    private static string DefaultData(IReadOnlyDictionary<string, string> environment) =>
        environment.TryGetValue("STATE_DIRECTORY", out var state) && state.Length > 0
            ? state.Split(':')[0]
            : Path.Combine(
                Environment.GetFolderPath(
                    Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
                "otguard");

    /// <summary>The routes of the configuration, and for each destination that has none what its kind is for.</summary>
    public static IReadOnlyList<Route> Routes(ServiceConfiguration read)
    {
        var routed = read.Alerting.Routes.Select(route => route.Destination).ToHashSet(StringComparer.Ordinal);
        var series = read.Sinks.Influx.Select(sink => sink.Name).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. read.Alerting.Routes,
            .. read.Sinks.Names().Where(sink => !routed.Contains(sink.Name)).Select(sink => series.Contains(sink.Name)
                ? new Route { Destination = sink.Name, Deviations = true, EveryChange = true, Exercises = true }
                : new Route { Destination = sink.Name }),
        ];
    }
}
