namespace OtGuard.Models.Scoring;

/// <summary>Bytes that a baseline carries beside its text.</summary>
/// <param name="Name">Name: that of the model family.</param>
/// <param name="Bytes">Its bytes.</param>
public sealed record ModelAttachment(string Name, byte[] Bytes);

/// <summary>The models of a baseline: what each family learned, and what its scores are worth. Immutable, thread-safe.</summary>
public sealed class ModelSet
{
    private const string CalibrationName = "calibration";

    /// <summary>A set without any model.</summary>
    public static readonly ModelSet Empty = new([], []);

    /// <summary>Creates a set of models and the calibration of each of their scales, in the same order.</summary>
    public ModelSet(IReadOnlyList<FamilyModel> models, IReadOnlyList<ScaleCalibration> scales) =>
        (Models, Scales) = (models, scales);

    /// <summary>The families' models, in the order of <see cref="ModelFamilies.All"/>.</summary>
    public IReadOnlyList<FamilyModel> Models { get; }

    /// <summary>The calibration of each scale, those of the first family first.</summary>
    public IReadOnlyList<ScaleCalibration> Scales { get; }

    /// <summary>What was learned, for a person to review: a line a fact.</summary>
    public IEnumerable<string> Lines() =>
        [.. Models.SelectMany(model => model.Lines().Select(line => $"{model.Family}: {line}")), .. Scales.Select(scale => $"scale {scale}")];

    /// <summary>
    /// This set, trained on later traffic, with what an earlier one knows beside it. A family that the later traffic gave no
    /// model keeps its earlier one with its calibration. Of the others each says what it takes over
    /// (<see cref="FamilyModel.Merge"/>); where it takes something, the scales are worth what both calibrations together
    /// say (<see cref="ScaleCalibration.With"/>).
    /// </summary>
    public ModelSet Extend(ModelSet earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        List<FamilyModel> models = [];
        List<ScaleCalibration> scales = [];
        var names = Models.Concat(earlier.Models).Select(model => model.Family).Distinct().OrderBy(Order).ToList();
        foreach (var name in names)
        {
            var (now, before) = (Find(name), earlier.Find(name));
            var model = now is null ? before! : before is null ? now : now.Merge(before);
            models.Add(model);
            foreach (var scale in model.Scales)
            {
                var (later, former) = (CalibrationOf(scale), earlier.CalibrationOf(scale));
                scales.Add(later is null
                    ? former!
                    : former is null || ReferenceEquals(model, now) ? later : later.With(former));
            }
        }

        return new ModelSet(models, scales);

        int Order(string name)
        {
            for (var at = 0; at < ModelFamilies.All.Count; at++)
                if (ModelFamilies.All[at].Name == name) return at;
            return ModelFamilies.All.Count;
        }
    }

    private FamilyModel? Find(string family) => Models.FirstOrDefault(model => model.Family == family);

    private ScaleCalibration? CalibrationOf(string scale) => Scales.FirstOrDefault(calibration => calibration.Scale == scale);

    /// <summary>The set as attachments of a baseline; none for an empty one.</summary>
    public IReadOnlyList<ModelAttachment> ToAttachments()
    {
        if (Models.Count == 0) return [];
        using var calibration = new ModelWriter();
        calibration.Write(Scales.Count);
        foreach (var scale in Scales)
        {
            calibration.Write(scale.Scale);
            calibration.Write(scale.Candidate);
            calibration.Write(scale.Exposure.Ticks);
            calibration.Write(scale.EventCount);
            calibration.Write(scale.Events);
        }

        return [.. Models.Select(Attach), new ModelAttachment(CalibrationName, calibration.ToArray())];
    }

    /// <summary>Reads the attachments of a baseline.</summary>
    /// <exception cref="BaselineFormatException">One is missing, unknown or broken.</exception>
    public static ModelSet FromAttachments(IReadOnlyList<ModelAttachment> attachments)
    {
        if (attachments.Count == 0) return Empty;
        List<FamilyModel> models = [];
        List<ScaleCalibration>? scales = null;
        foreach (var attachment in attachments)
        {
            using var reader = new ModelReader(attachment.Bytes);
            if (attachment.Name == CalibrationName)
            {
                scales = ReadScales(reader);
            }
            else
            {
                var family = ModelFamilies.Find(attachment.Name) ?? throw new BaselineFormatException(
                    $"The baseline has a model '{attachment.Name}', which this version of OtGuard does not know.");
                models.Add(family.Read(reader));
            }

            reader.End();
        }

        return scales is not null && scales.Select(scale => scale.Scale).SequenceEqual(models.SelectMany(model => model.Scales))
            ? new ModelSet(models, scales)
            : throw new BaselineFormatException("The baseline's models and their calibration do not fit together.");
    }

    private static List<ScaleCalibration> ReadScales(ModelReader reader)
    {
        List<ScaleCalibration> scales = [];
        for (var left = reader.ReadCount(ModelReader.MaximumFeatures); left > 0; left--)
        {
            var scale = new ScaleCalibration
            {
                Scale = reader.ReadText(),
                Candidate = reader.ReadDouble(),
                Exposure = new TimeSpan(reader.ReadLong()),
                EventCount = reader.ReadLong(),
                Events = reader.ReadDoubles(ScaleCalibration.MaximumEvents),
            };
            var isInOrder = scale.Events.Zip(scale.Events.Skip(1), (greater, less) => greater >= less).All(holds => holds);
            if (scale.Exposure < TimeSpan.Zero || scale.EventCount < scale.Events.Count || !isInOrder)
                throw new BaselineFormatException($"The calibration of '{scale.Scale}' in the baseline does not fit together.");
            scales.Add(scale);
        }

        return scales;
    }

    private static ModelAttachment Attach(FamilyModel model)
    {
        using var writer = new ModelWriter();
        model.Write(writer);
        return new ModelAttachment(model.Family, writer.ToArray());
    }
}
