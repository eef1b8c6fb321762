using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Dashboard.Plant;
using OtGuard.Host.Runs;
using OtGuard.Models;

namespace OtGuard.Host.Configuration;

/// <summary>Reads the declared site, and finds everything that is wrong in it.</summary>
internal static class SiteFile
{
    /// <summary>What the ids of windows that come from the site file begin with.</summary>
    public const string WindowPrefix = "site-";

    private static readonly string[] SclEndings = [".scd", ".cid", ".icd", ".iid", ".xml"];

    /// <summary>Reads a site file; null declares nothing.</summary>
    /// <exception cref="ConfigurationException">It has faults; the message tells them all.</exception>
    public static Site Read(string? path, IReadOnlyDictionary<string, string> environment)
    {
        if (path is null) return Site.Nothing;
        var name = Path.GetFileName(path);
        if (Directory.Exists(path)) throw new ConfigurationException(name,
            [new("", $"'{path}' is a folder, not a site file.")]);
        var reader = new SettingsReader(Path.GetDirectoryName(Path.GetFullPath(path))!, environment);
        var settings = reader.Parse(File.ReadAllText(path)) is { } json
            ? reader.Read(json, new SiteSettings())
            : new SiteSettings();
        // What was read in part would only be told as missing a second time.
        var site = reader.Faults.Count == 0 ? Make(settings, reader) : Site.Nothing;
        return reader.Faults.Count == 0 ? site : throw new ConfigurationException(name, reader.Faults);
    }

    private static Site Make(SiteSettings settings, SettingsReader reader)
    {
        var zones = settings.Zones.Select((zone, i) => ZoneOf(zone, i, reader)).ToList();
        var names = zones.Select(zone => zone.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var twice in zones.GroupBy(zone => zone.Name, StringComparer.Ordinal)
            .Where(group => group.Count() > 1))
            reader.Fail("zones", $"'{twice.Key}' is declared twice.");
        List<AssetSettings> assets =
        [
            .. settings.Assets.Select((asset, i) => Normal(asset, $"assets[{i}]", names, reader)),
            .. settings.AssetFiles.SelectMany((file, i) => ReadAssets(file, $"assetFiles[{i}]", reader)
                .Select(asset => Normal(asset, $"assetFiles[{i}]", names, reader))),
        ];
        for (var i = 0; i < settings.Conduits.Count; i++)
        {
            RequireZone(settings.Conduits[i].From, $"conduits[{i}].from", names, reader);
            RequireZone(settings.Conduits[i].To, $"conduits[{i}].to", names, reader);
        }

        if (settings.AssetsAreComplete && zones.Count == 0)
            reader.Fail("assetsAreComplete", "Within which addresses? Declare zones with the addresses in them.");
        if (settings.Names is { } map && !File.Exists(map)) reader.Fail("names", $"There is no file '{map}'.");
        for (var i = 0; i < settings.Dbc.Count; i++)
            if (!File.Exists(settings.Dbc[i])) reader.Fail($"dbc[{i}]", $"There is no file '{settings.Dbc[i]}'.");
        var declared = new DeclaredSite(
            zones,
            [.. settings.Conduits.Select(conduit => new DeclaredConduit(conduit.From, conduit.To, conduit.Ports))],
            [.. assets.Select(asset => new DeclaredAsset(
                NetworkAddress.TryParse(asset.Address, out var address) ? address : default, asset.Name, asset.Zone))],
            settings.AssetsAreComplete,
            [.. settings.Writes.Select((write, i) => WriteOf(write, $"writes[{i}]", reader))],
            [.. settings.CriticalStates.Select((state, i) => StateOf(state, $"criticalStates[{i}]", reader))]);
        return new Site(
            settings.Name, declared, new DeclaredAssets(assets),
            [.. settings.Maintenance.Select((work, i) => WindowOf(work, $"maintenance[{i}]", names, reader))],
            settings.Names, settings.Dbc, TextOf(settings, assets))
        {
            Zones = [.. settings.Zones.Select(zone => new ZoneView(zone.Name, zone.Level))],
            Places = assets.GroupBy(asset => asset.Address, StringComparer.Ordinal).ToDictionary(
                group => group.Key,
                group => new DeclaredPlace(
                    group.First().Name,
                    group.First().Zone
                        ?? (NetworkAddress.TryParse(group.Key, out var place) ? declared.ZoneOf(place) : null),
                    group.First().Criticality),
                StringComparer.Ordinal),
        };
    }

    /// <summary>What was declared, those of asset files included, in one text.</summary>
    private static string TextOf(SiteSettings settings, List<AssetSettings> assets) =>
        JsonSerializer.Serialize(settings) + JsonSerializer.Serialize(assets);

    private static DeclaredZone ZoneOf(ZoneSettings zone, int index, SettingsReader reader)
    {
        List<AddressBlock> blocks = [];
        for (var i = 0; i < zone.Addresses.Count; i++)
        {
            if (AddressBlock.TryParse(zone.Addresses[i], out var block)) blocks.Add(block);
            else reader.Fail(
                $"zones[{index}].addresses[{i}]",
                $"'{zone.Addresses[i]}' is no IP address and no block of them, as in 10.20.0.0/24.");
        }

        return new DeclaredZone(zone.Name, blocks);
    }

    private static AssetSettings Normal(AssetSettings asset, string path, HashSet<string> zones, SettingsReader reader)
    {
        if (asset.Zone is { } zone) RequireZone(zone, $"{path}.zone", zones, reader);
        // In the words that deviations use, whatever way it was written.
        return asset with { Address = AddressOf(asset.Address, $"{path}.address", reader).ToString() };
    }

    private static DeclaredWrite WriteOf(WriteSettings write, string path, SettingsReader reader)
    {
        var hasNodes = write.Nodes.Count > 0;
        if (hasNodes && (write.Table is not null || write.First is not null))
            reader.Fail($"{path}.nodes", "Nodes have names, and no table and no addresses: leave table and first out.");
        if (hasNodes && (write.Low is not null || write.High is not null))
            reader.Fail($"{path}.nodes", "Values are declared for registers alone: leave low and high out.");
        if (!hasNodes && (write.Table is null || write.First is null))
            reader.Fail(path, "Which places? Name a table and its first address, or the nodes of an OPC UA server.");
        if (write.Table is PointTable.DiscreteInputs or PointTable.InputRegisters)
            reader.Fail(
                $"{path}.table",
                "Nobody can write there: coils, holding registers and data identifiers can be written.");
        if (write.Table == PointTable.DataIdentifiers && (write.Low is not null || write.High is not null))
            reader.Fail($"{path}.low", "Values are declared for registers alone: leave low and high out.");
        var first = write.First ?? 0;
        var last = write.Last ?? first;
        if (last < first) reader.Fail($"{path}.last", $"{last} lies before the first address, {first}.");
        if (write is { Low: { } low, High: { } high } && high < low)
            reader.Fail($"{path}.high", $"{high} is below the lowest value, {low}.");
        return new DeclaredWrite(
            AddressOf(write.Server, $"{path}.server", reader), write.Unit,
            write.Table is { } table ? SpaceOf(table) : TargetSpace.Nodes, (uint)first,
            (uint)last,
            [.. write.Writers.Select((writer, i) => AddressOf(writer, $"{path}.writers[{i}]", reader))],
            write.Low, write.High, write.Hours is { } hours ? HoursOf(hours, $"{path}.hours", reader) : null)
        {
            Names = write.Nodes.ToHashSet(StringComparer.Ordinal),
        };
    }

    private static DeclaredHours HoursOf(HoursSettings hours, string path, SettingsReader reader)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(hours.TimeZone, out var zone))
            reader.Fail($"{path}.timeZone",
                $"'{hours.TimeZone}' is no time zone this machine knows, as Europe/Berlin.");
        return new DeclaredHours(hours.Days, hours.From, hours.Until, zone ?? TimeZoneInfo.Utc);
    }

    private static DeclaredState StateOf(StateSettings state, string path, SettingsReader reader)
    {
        if (state.All.Count == 0) reader.Fail($"{path}.all", "A state has one condition at least.");
        return new DeclaredState(
            state.Name, [.. state.All.Select((condition, i) => ConditionOf(condition, $"{path}.all[{i}]", reader))]);
    }

    private static DeclaredCondition ConditionOf(ConditionSettings condition, string path, SettingsReader reader)
    {
        var server = AddressOf(condition.Server, $"{path}.server", reader);
        var places = new[] { condition.Table is not null, condition.Node is not null, condition.Signal is not null };
        if (places.Count(isThere => isThere) != 1 || condition.Address is not null != condition.Table is not null)
            reader.Fail(path, "A condition is about a table with an address, or a node, or a signal.");
        if (condition.Table == PointTable.DataIdentifiers)
            reader.Fail($"{path}.table", "States are told by coils, inputs and registers, by nodes and by signals.");
        if (condition.Table is not null && (condition.Value is < 0 or > ushort.MaxValue || condition.Value % 1 != 0))
            reader.Fail($"{path}.value", "Coils and registers have whole numbers from 0 to 65535.");
        if (condition.Signal is { } signal && !signal.Contains('.', StringComparison.Ordinal))
            reader.Fail($"{path}.signal", $"'{signal}' is no message and signal, as in VEH_Speed.VehicleSpeed.");
        var space = condition.Node is not null ? TargetSpace.Nodes
            : condition.Signal is not null ? TargetSpace.CanIdentifier
            : SpaceOf(condition.Table ?? PointTable.HoldingRegisters);
        return new DeclaredCondition(
            server, (short)condition.Unit, space, (uint)(condition.Address ?? 0), condition.Is, condition.Value)
        {
            Name = condition.Node ?? condition.Signal,
        };
    }

    private static MaintenanceWindow WindowOf(WorkSettings work, string path, HashSet<string> zones,
        SettingsReader reader)
    {
        if (work.Until <= work.From) reader.Fail($"{path}.until", "Work ends after it begins.");
        if (work.Zone is { } zone) RequireZone(zone, $"{path}.zone", zones, reader);
        var address = work.Address is { } text ? AddressOf(text, $"{path}.address", reader).ToString() : null;
        var identity = $"{work.WorkOrder}\n{work.From:O}\n{work.Until:O}\n{work.Zone}\n{address}";
        return new MaintenanceWindow
        {
            Id = WindowPrefix
                + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)).AsSpan(0, 16)),
            WorkOrder = work.WorkOrder,
            From = Moments.Of(work.From),
            Until = Moments.Of(work.Until),
            Zone = work.Zone,
            Address = address,
            OpenedBy = "site file",
        };
    }

    private static List<AssetSettings> ReadAssets(string file, string path, SettingsReader reader)
    {
        try
        {
            return SclEndings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)
                ? ReadScl(file, path, reader)
                : ReadTable(file, path, reader);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or XmlException)
        {
            reader.Fail(path, $"'{file}' cannot be read: {fault.Message}");
            return [];
        }
    }

    /// <summary>The access points of an SCD file with their addresses.</summary>
    /// <remarks>IEC 61850-6:2009 §9.4: Communication/SubNetwork/ConnectedAP/Address/P of type IP.</remarks>
    private static List<AssetSettings> ReadScl(string file, string path, SettingsReader reader)
    {
        using var stream = File.OpenRead(file);
        using var xml = XmlReader.Create(
            stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
        var root = XDocument.Load(xml).Root!;
        if (root.Name.LocalName != "SCL")
        {
            reader.Fail(path, $"'{file}' is no IEC 61850 file: its root is {root.Name.LocalName}, not SCL.");
            return [];
        }

        List<AssetSettings> assets =
        [
            .. from point in root.Descendants().Where(element => element.Name.LocalName == "ConnectedAP")
               from parameter in point.Descendants().Where(element => element.Name.LocalName == "P")
               where (string?)parameter.Attribute("type") == "IP"
               select new AssetSettings { Address = parameter.Value.Trim(),
                   Name = (string?)point.Attribute("iedName") },
        ];
        if (assets.Count == 0) reader.Fail(path, $"'{file}' names no access point with an IP address.");
        return assets;
    }

    private static List<AssetSettings> ReadTable(string file, string path, SettingsReader reader)
    {
        var lines = File.ReadAllLines(file);
        if (lines.Length == 0)
        {
            reader.Fail(path, $"'{file}' is empty.");
            return [];
        }

        var divider = lines[0].Contains(';', StringComparison.Ordinal) ? ';' : ',';
        var settings = SettingsShape.Of(typeof(AssetSettings));
        var header = lines[0].Split(divider, StringSplitOptions.TrimEntries);
        foreach (var column in header)
            if (settings.All(setting => !string.Equals(setting.Key, column, StringComparison.OrdinalIgnoreCase)))
                reader.Fail(
                    path, $"{file}, line 1: there is no column '{column}'; there are "
                        + $"{string.Join(", ", settings.Select(setting => setting.Key))}.");
        var at = Array.FindIndex(header, column =>
            string.Equals(column, "address", StringComparison.OrdinalIgnoreCase));
        if (at < 0)
        {
            reader.Fail(path, $"{file}, line 1: the header has no column 'address'.");
            return [];
        }

        List<AssetSettings> assets = [];
        for (var i = 1; i < lines.Length; i++)
        {
            if (lines[i].Length == 0 || lines[i][0] == '#') continue;
            var cells = lines[i].Split(divider, StringSplitOptions.TrimEntries);
            string? Cell(string name)
            {
                var column = Array.FindIndex(header, one =>
                    string.Equals(one, name, StringComparison.OrdinalIgnoreCase));
                return column >= 0 && column < cells.Length && cells[column].Length > 0 ? cells[column] : null;
            }

            if (Cell("address") is not { } address)
            {
                reader.Fail(path, $"{file}, line {i + 1}: the address is missing.");
                continue;
            }

            assets.Add(new AssetSettings
            {
                Address = address,
                Name = Cell("name"),
                Zone = Cell("zone"),
                Criticality = Word<AssetCriticality>(Cell("criticality"), file, i, path, reader),
                Process = Word<ProcessState>(Cell("process"), file, i, path, reader),
            });
        }

        return assets;
    }

    private static T Word<T>(string? text, string file, int line, string path, SettingsReader reader)
        where T : struct, Enum
    {
        if (text is null) return default;
        foreach (var member in Enum.GetValues<T>())
            if (string.Equals(SettingsShape.WordOf(member), text, StringComparison.OrdinalIgnoreCase)) return member;
        reader.Fail(
            path,
                $"{file}, line {line + 1}: '{text}' is none of {string.Join(", ", SettingsShape.WordsOf(typeof(T)))}.");
        return default;
    }

    private static NetworkAddress AddressOf(string text, string path, SettingsReader reader)
    {
        if (NetworkAddress.TryParse(text, out var address)) return address;
        reader.Fail(path, $"'{text}' is no address.");
        return default;
    }

    private static void RequireZone(string name, string path, HashSet<string> zones, SettingsReader reader)
    {
        if (zones.Contains(name)) return;
        reader.Fail(
            path, zones.Count == 0 ? $"There is no zone '{name}': none is declared."
                : $"There is no zone '{name}'; there are {string.Join(", ", zones.Order(StringComparer.Ordinal))}.");
    }

    private static TargetSpace SpaceOf(PointTable table) => table switch
    {
        PointTable.Coils => TargetSpace.Coils,
        PointTable.DiscreteInputs => TargetSpace.DiscreteInputs,
        PointTable.InputRegisters => TargetSpace.InputRegisters,
        PointTable.HoldingRegisters => TargetSpace.HoldingRegisters,
        PointTable.DataIdentifiers => TargetSpace.DataIdentifiers,
    };
}
