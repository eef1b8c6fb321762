using System.Diagnostics.CodeAnalysis;

namespace OtGuard.Detections.Windows;

/// <summary>
/// A table of bounded size: a key beyond the capacity pushes out the one that was not touched for the longest time.
/// </summary>
/// <remarks>
/// An attacker who makes up addresses fills a table; it then forgets the oldest and counts what it forgot, so that a
/// monitor that judged on less than it should have can say so. Not thread-safe; grows to its capacity and no further.
/// </remarks>
internal sealed class LruTable<TKey, TValue>
    where TKey : notnull
{
    private const int None = -1;

    private readonly Dictionary<TKey, int> _index = [];
    private Entry[] _entries = new Entry[4];
    private int _used;
    private int _oldest = None;
    private int _newest = None;

    /// <summary>Creates an empty table for at most <paramref name="capacity"/> keys.</summary>
    public LruTable(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        Capacity = capacity;
    }

    /// <summary>How many keys are kept.</summary>
    public int Capacity { get; }

    /// <summary>How many keys are there.</summary>
    public int Count => _used;

    /// <summary>How many keys were pushed out.</summary>
    public long Evicted { get; private set; }

    /// <summary>The value of a key, which becomes the one touched last; false where it is not there.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (!_index.TryGetValue(key, out var at))
        {
            value = default;
            return false;
        }

        Touch(at);
        value = _entries[at].Value;
        return true;
    }

    /// <summary>The value of a key for reading and writing; made by <paramref name="create"/> where it is not there.</summary>
    /// <remarks>The reference holds until the next key is added.</remarks>
    public ref TValue GetOrAdd(TKey key, Func<TValue> create)
    {
        if (_index.TryGetValue(key, out var at))
        {
            Touch(at);
            return ref _entries[at].Value;
        }

        if (_used < Capacity)
        {
            at = _used++;
            if (at == _entries.Length) Array.Resize(ref _entries, Math.Min(Capacity, _entries.Length * 2));
        }
        else
        {
            at = _oldest;
            Unlink(at);
            _index.Remove(_entries[at].Key);
            Evicted++;
        }

        _entries[at] = new Entry { Key = key, Value = create() };
        _index.Add(key, at);
        Append(at);
        return ref _entries[at].Value;
    }

    private void Touch(int at)
    {
        if (at == _newest) return;
        Unlink(at);
        Append(at);
    }

    private void Append(int at)
    {
        _entries[at].Older = _newest;
        _entries[at].Newer = None;
        if (_newest == None) _oldest = at;
        else _entries[_newest].Newer = at;
        _newest = at;
    }

    private void Unlink(int at)
    {
        var (older, newer) = (_entries[at].Older, _entries[at].Newer);
        if (older == None) _oldest = newer;
        else _entries[older].Newer = newer;
        if (newer == None) _newest = older;
        else _entries[newer].Older = older;
    }

    private struct Entry
    {
        public TKey Key;
        public TValue Value;
        public int Older;
        public int Newer;
    }
}
