using System.Globalization;
using System.Text;

namespace OtGuard.Models;

/// <summary>Labels could not be read; the message says which line and why.</summary>
public sealed class LabelFormatException : Exception
{
    /// <summary>Creates the exception.</summary>
    public LabelFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the fault behind it.</summary>
    public LabelFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    public LabelFormatException()
    {
    }
}

/// <summary>How a label file is read where its form does not tell.</summary>
public sealed record LabelOptions
{
    /// <summary>Name or 1-based number of the label column; null: found from the header, else the last column.</summary>
    public string? Column { get; init; }

    /// <summary>The word that means normal; every other text then is an attack. Null: 1/0, 1.0/0.0, T/R.</summary>
    public string? NormalWord { get; init; }
}

/// <summary>
/// Which frames are an attack, by frame number. Read from a file with one row a frame (separator <c>,</c> <c>;</c> or
/// tab, with or without a header, optional frame-number column) or from a file of intervals
/// (<c>start,end[,id]</c>, frame numbers, both ends included).
/// </summary>
/// <remarks>Labels are 1/0, 1.0/0.0, T/R (T is the attack, as in the HCRL data sets), true/false, or words.</remarks>
public sealed class FrameLabels
{
    private static readonly string[] LabelNames = ["label", "attack", "class", "is_attack", "malicious"];
    private static readonly string[] FrameNames = ["frame", "frame_number", "number", "no", "no.", "index", "packet"];

    private readonly List<bool> _labels = [];
    private readonly LabelOptions _options;
    private byte[] _lastText = [];
    private bool _lastLabel;

    /// <summary>No labels yet: they are taken from the capture while it is read.</summary>
    public FrameLabels(LabelOptions options) => _options = options;

    /// <summary>Frames that carry a label.</summary>
    public long Count => _labels.Count;

    /// <summary>True where the file names the attacked frames alone and all others are normal.</summary>
    public bool AreIntervals { get; private set; }

    /// <summary>The label of a 1-based frame number; false beyond the last labelled one.</summary>
    public bool IsAttack(long frame) => frame >= 1 && frame <= _labels.Count && _labels[(int)frame - 1];

    /// <summary>Takes the label that a frame of the capture carries; an empty one for none.</summary>
    /// <exception cref="LabelFormatException">The text is no label.</exception>
    public void Take(long frame, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty) return;
        if (!text.SequenceEqual(_lastText))
        {
            var label = Encoding.UTF8.GetString(text).Trim();
            _lastLabel = Parse(label, _options.NormalWord) ?? throw NoLabel(label, $"Frame {frame}");
            _lastText = text.ToArray();
        }

        if (frame <= int.MaxValue) Set(frame, _lastLabel, 0);
    }

    /// <summary>Reads a label file.</summary>
    /// <exception cref="LabelFormatException">A row that is neither a header nor a label.</exception>
    public static FrameLabels Read(TextReader reader, LabelOptions options)
    {
        var labels = new FrameLabels(options);
        Layout? layout = null;
        var number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            line = line.Trim().TrimStart('\uFEFF');
            if (line.Length == 0 || line[0] == '#') continue;
            var cells = Split(line);
            if (layout is null)
            {
                layout = Layout.Of(cells, options, out var isHeader);
                labels.AreIntervals = layout.Intervals;
                if (isHeader) continue;
            }

            labels.AddRow(layout, cells, options, number);
        }

        return labels.Count > 0 ? labels : throw new LabelFormatException("There is no label in the file.");
    }

    private void AddRow(Layout layout, string[] cells, LabelOptions options, int line)
    {
        if (layout.Intervals)
        {
            if (!Frame(cells, 0, out var start) || !Frame(cells, 1, out var end) || end < start)
                throw new LabelFormatException($"Line {line}: '{string.Join(',', cells)}' is no interval of frame numbers.");
            for (var frame = start; frame <= end; frame++) Set(frame, attack: true, line);
            return;
        }

        if (layout.Label >= cells.Length)
            throw new LabelFormatException($"Line {line}: there is no column {layout.Label + 1} to take the label from.");
        var attack = Parse(cells[layout.Label], options.NormalWord)
            ?? throw NoLabel(cells[layout.Label], $"Line {line}");
        long at = _labels.Count + 1;
        if (layout.Frame >= 0 && !Frame(cells, layout.Frame, out at))
            throw new LabelFormatException($"Line {line}: '{cells[layout.Frame]}' is no frame number.");
        Set(at, attack, line);
    }

    private static LabelFormatException NoLabel(string text, string where) => new(
        $"{where}: '{text}' is no label. Labels are 1/0, 1.0/0.0, T/R or true/false; for words name the one that means "
        + "normal with --label-normal.");

    private void Set(long frame, bool attack, int line)
    {
        if (frame is < 1 or > int.MaxValue)
            throw new LabelFormatException($"Line {line}: frame numbers run from 1 to {int.MaxValue}.");
        while (_labels.Count < frame) _labels.Add(false);
        _labels[(int)frame - 1] = attack;
    }

    private static bool Frame(string[] cells, int column, out long frame)
    {
        frame = 0;
        return column < cells.Length
            && long.TryParse(cells[column], NumberStyles.Integer, CultureInfo.InvariantCulture, out frame);
    }

    private static bool? Parse(string cell, string? normalWord)
    {
        if (normalWord is not null) return !cell.Equals(normalWord, StringComparison.OrdinalIgnoreCase);
        if (double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            return value == 1 ? true : value == 0 ? false : null;
        return cell.ToUpperInvariant() switch
        {
            "T" or "TRUE" => true,
            "R" or "FALSE" => false,
            _ => null,
        };
    }

    private static string[] Split(string line)
    {
        var separator = line.Contains(';', StringComparison.Ordinal) ? ';' : line.Contains('\t', StringComparison.Ordinal) ? '\t' : ',';
        var cells = line.Split(separator);
        for (var i = 0; i < cells.Length; i++) cells[i] = cells[i].Trim().Trim('"');
        return cells;
    }

    /// <summary>Where in a row the label and the frame number stand.</summary>
    private sealed record Layout(int Label, int Frame, bool Intervals)
    {
        public static Layout Of(string[] first, LabelOptions options, out bool isHeader)
        {
            var names = Array.ConvertAll(first, cell => cell.ToLowerInvariant());
            isHeader = IsHeader(names, options);
            if (isHeader && names.Length >= 2 && names[0] == "start" && names[1] == "end")
                return new Layout(-1, -1, Intervals: true);
            if (!isHeader && options is { Column: null, NormalWord: null } && AreInterval(names))
                return new Layout(-1, -1, Intervals: true);
            var label = LabelColumn(names, options, isHeader);
            var frame = isHeader
                ? Array.FindIndex(names, name => FrameNames.Contains(name, StringComparer.Ordinal))
                : names.Length == 2 && label == 1 && long.TryParse(names[0], out _) ? 0 : -1;
            return new Layout(label, frame == label ? -1 : frame, Intervals: false);
        }

        /// <summary>Two frame numbers in order, the second of which is no label.</summary>
        private static bool AreInterval(string[] cells) =>
            cells.Length is 2 or 3 && Parse(cells[^1], null) is null
            && FrameLabels.Frame(cells, 0, out var start) && FrameLabels.Frame(cells, 1, out var end)
            && start >= 1 && end >= start && end > 1;

        private static bool IsHeader(string[] names, LabelOptions options) =>
            names.Any(name => LabelNames.Contains(name, StringComparer.Ordinal) || name == "start")
            || (options.Column is { } column && !int.TryParse(column, out _)
                && names.Contains(column.ToLowerInvariant(), StringComparer.Ordinal));

        private static int LabelColumn(string[] names, LabelOptions options, bool isHeader)
        {
            if (options.Column is { } column)
            {
                if (int.TryParse(column, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number))
                {
                    return number >= 1 && number <= names.Length
                        ? number - 1
                        : throw new LabelFormatException($"There is no column {number}; the labels have {names.Length}.");
                }

                var named = Array.IndexOf(names, column.ToLowerInvariant());
                return named >= 0 ? named : throw new LabelFormatException($"There is no column '{column}' in the labels.");
            }

            var found = isHeader ? Array.FindIndex(names, name => LabelNames.Contains(name, StringComparer.Ordinal)) : -1;
            return found >= 0 ? found : names.Length - 1;
        }
    }
}
