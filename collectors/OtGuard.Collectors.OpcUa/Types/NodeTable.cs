namespace OtGuard.Collectors.OpcUa.Types;

/// <summary>
/// The NodeIds seen in a run by the number that stands for them in targets, so that they can be put into words.
/// </summary>
/// <remarks>
/// The number is a hash of the NodeId (<see cref="NodeIdView.Hash"/>), so it is the same in every run and needs no table
/// to be told; what the table bounds is only the names. Looking one up takes no lock and allocates nothing: a slot, once
/// filled, never changes, and growth publishes a new table. Full, it keeps what it has and counts the rest.
/// </remarks>
internal sealed class NodeTable(int maximumNodes, int maximumIdentifierBytes)
{
    private readonly Lock _writing = new();
    private volatile Slots _slots = new(1024);
    private int _count;
    private long _bytes;

    /// <summary>NodeIds kept.</summary>
    public int Count => _count;

    /// <summary>Sightings of NodeIds whose number another NodeId has.</summary>
    public long Collisions { get; private set; }

    /// <summary>Sightings of NodeIds that found no room.</summary>
    public long Overflowed { get; private set; }

    /// <summary>The number of a NodeId, which is kept where there is room. 0 for the null NodeId.</summary>
    public uint NumberOf(NodeIdView node, ReadOnlySpan<byte> data)
    {
        if (node.IsNull) return 0;
        var number = node.Hash(data);
        var entry = _slots.Find(number);
        if (entry is null) Add(number, node, data);
        else if (!entry.Is(node, data)) Collisions++;
        return number;
    }

    /// <summary>The NodeId of a number in its usual notation, or null where it was not kept.</summary>
    public string? TextOf(uint number) => _slots.Find(number)?.Text;

    private void Add(uint number, NodeIdView node, ReadOnlySpan<byte> data)
    {
        lock (_writing)
        {
            if (_slots.Find(number) is not null) return;
            if (_count >= maximumNodes || _bytes + node.Length > maximumIdentifierBytes)
            {
                Overflowed++;
                return;
            }

            if (_count * 2 >= _slots.Length) _slots = _slots.Doubled();
            var identifier = data.Slice(node.At, node.Length).ToArray();
            _slots.Add(number, new Entry(number, node with { At = 0 }, identifier));
            _count++;
            _bytes += node.Length;
        }
    }

    private sealed class Entry(uint number, NodeIdView node, byte[] identifier)
    {
        public uint Number => number;

        public string Text => node.ToText(identifier);

        public bool Is(NodeIdView other, ReadOnlySpan<byte> data) =>
            node.Kind == other.Kind && node.Namespace == other.Namespace && node.Number == other.Number
            && data.Slice(other.At, other.Length).SequenceEqual(identifier);
    }

    private sealed class Slots(int length)
    {
        private readonly Entry?[] _entries = new Entry?[length];

        public int Length => _entries.Length;

        public Entry? Find(uint number)
        {
            var mask = _entries.Length - 1;
            for (var at = (int)number & mask; ; at = at + 1 & mask)
            {
                var entry = Volatile.Read(ref _entries[at]);
                if (entry is null || entry.Number == number) return entry;
            }
        }

        public void Add(uint number, Entry entry)
        {
            var mask = _entries.Length - 1;
            var at = (int)number & mask;
            while (_entries[at] is not null) at = at + 1 & mask;
            Volatile.Write(ref _entries[at], entry);
        }

        public Slots Doubled()
        {
            var larger = new Slots(_entries.Length * 2);
            foreach (var entry in _entries)
                if (entry is not null) larger.Add(entry.Number, entry);
            return larger;
        }
    }
}
