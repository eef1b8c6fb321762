using System.Text;
using OtGuard.Collectors;

namespace OtGuard.Models.Scoring;

/// <summary>Writes a model as bytes, little-endian: the same model, the same bytes.</summary>
public sealed class ModelWriter : IDisposable
{
    private readonly MemoryStream _stream = new();
    private readonly BinaryWriter _writer;

    /// <summary>Creates an empty one.</summary>
    public ModelWriter() => _writer = new BinaryWriter(_stream, Encoding.UTF8, leaveOpen: true);

    /// <summary>What was written.</summary>
    public byte[] ToArray()
    {
        _writer.Flush();
        return _stream.ToArray();
    }

    /// <summary>Writes a number.</summary>
    public void Write(int value) => _writer.Write(value);

    /// <summary>Writes a number.</summary>
    public void Write(long value) => _writer.Write(value);

    /// <summary>Writes a number.</summary>
    public void Write(ulong value) => _writer.Write(value);

    /// <summary>Writes a number.</summary>
    public void Write(float value) => _writer.Write(value);

    /// <summary>Writes a number.</summary>
    public void Write(double value) => _writer.Write(value);

    /// <summary>Writes yes or no.</summary>
    public void Write(bool value) => _writer.Write(value);

    /// <summary>Writes a byte.</summary>
    public void Write(byte value) => _writer.Write(value);

    /// <summary>Writes a text.</summary>
    public void Write(string value) => _writer.Write(value);

    /// <summary>Writes an address.</summary>
    public void Write(NetworkAddress address) => _writer.Write(address.ToString());

    /// <summary>Writes numbers, how many first.</summary>
    public void Write(IReadOnlyCollection<int> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Write(values.Count);
        foreach (var value in values) Write(value);
    }

    /// <summary>Writes numbers, how many first.</summary>
    public void Write(IReadOnlyCollection<float> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Write(values.Count);
        foreach (var value in values) Write(value);
    }

    /// <summary>Writes numbers, how many first.</summary>
    public void Write(IReadOnlyCollection<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Write(values.Count);
        foreach (var value in values) Write(value);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _stream.Dispose();
    }
}

/// <summary>
/// Reads what a <see cref="ModelWriter"/> wrote, from a file that anybody may have changed: every count has a bound, and what
/// ends too early is refused.
/// </summary>
public sealed class ModelReader : IDisposable
{
    /// <summary>Features of a model at most.</summary>
    public const int MaximumFeatures = 4096;

    private readonly BinaryReader _reader;

    /// <summary>Reads from the beginning of the bytes.</summary>
    public ModelReader(byte[] bytes) => _reader = new BinaryReader(new MemoryStream(bytes, writable: false), Encoding.UTF8);

    /// <summary>True where all was read.</summary>
    public bool IsAtEnd => _reader.BaseStream.Position == _reader.BaseStream.Length;

    /// <summary>Reads a number.</summary>
    public int ReadInteger() => Read(reader => reader.ReadInt32());

    /// <summary>Reads a number.</summary>
    public long ReadLong() => Read(reader => reader.ReadInt64());

    /// <summary>Reads a number.</summary>
    public ulong ReadUnsigned() => Read(reader => reader.ReadUInt64());

    /// <summary>Reads a finite number.</summary>
    public float ReadSingle()
    {
        var value = Read(reader => reader.ReadSingle());
        return float.IsFinite(value) ? value : throw Fault("a number that is none");
    }

    /// <summary>Reads a finite number.</summary>
    public double ReadDouble()
    {
        var value = Read(reader => reader.ReadDouble());
        return double.IsFinite(value) ? value : throw Fault("a number that is none");
    }

    /// <summary>Reads yes or no.</summary>
    public bool ReadBoolean() => Read(reader => reader.ReadBoolean());

    /// <summary>Reads a byte.</summary>
    public byte ReadByte() => Read(reader => reader.ReadByte());

    /// <summary>Reads a text.</summary>
    public string ReadText() => Read(reader => reader.ReadString());

    /// <summary>Reads an address.</summary>
    public NetworkAddress ReadAddress()
    {
        var text = ReadText();
        try
        {
            return NetworkAddress.Parse(text);
        }
        catch (FormatException fault)
        {
            throw new BaselineFormatException($"A model of the baseline names '{text}', which is no address.", fault);
        }
    }

    /// <summary>Reads a count of at most <paramref name="maximum"/>.</summary>
    public int ReadCount(int maximum)
    {
        var count = ReadInteger();
        return count >= 0 && count <= maximum ? count : throw Fault($"a count of {count}, of which at most {maximum} are possible");
    }

    /// <summary>Reads numbers.</summary>
    public int[] ReadIntegers(int maximum)
    {
        var values = new int[ReadCount(maximum)];
        for (var at = 0; at < values.Length; at++) values[at] = ReadInteger();
        return values;
    }

    /// <summary>Reads finite numbers.</summary>
    public float[] ReadSingles(int maximum)
    {
        var values = new float[ReadCount(maximum)];
        for (var at = 0; at < values.Length; at++) values[at] = ReadSingle();
        return values;
    }

    /// <summary>Reads finite numbers.</summary>
    public double[] ReadDoubles(int maximum)
    {
        var values = new double[ReadCount(maximum)];
        for (var at = 0; at < values.Length; at++) values[at] = ReadDouble();
        return values;
    }

    /// <summary>Reads a member of a closed set.</summary>
    public T ReadEnum<T>() where T : struct, Enum
    {
        var value = (T)Enum.ToObject(typeof(T), ReadByte());
        return Enum.IsDefined(value) ? value : throw Fault($"{typeof(T).Name} {value}, which there is not");
    }

    /// <summary>Ends reading: nothing may be left.</summary>
    public void End()
    {
        if (!IsAtEnd) throw Fault("more than belongs to it");
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private T Read<T>(Func<BinaryReader, T> read)
    {
        try
        {
            return read(_reader);
        }
        catch (Exception fault) when (fault is IOException or FormatException or ArgumentException)
        {
            throw new BaselineFormatException("A model of the baseline ends before it is complete.", fault);
        }
    }

    private static BaselineFormatException Fault(string what) => new($"A model of the baseline holds {what}.");
}
