using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>A form in which a message comes: its data length code and frame type.</summary>
/// <param name="Code">Data length code, as <see cref="Observation.Code"/>.</param>
/// <param name="SubCode">Frame type, as <see cref="Observation.SubCode"/>.</param>
/// <param name="Name">The protocol's name of it.</param>
/// <param name="Count">How often it came.</param>
/// <param name="Seen">On how many occasions.</param>
public sealed record MessageForm(short Code, int SubCode, string Name, long Count, OccasionTally Seen);

/// <summary>
/// When a message comes: the gaps between its frames, in nanoseconds of the bus's time (pauses of the whole bus left out).
/// </summary>
/// <param name="Gaps">How many gaps were seen.</param>
/// <param name="Shortest">The shortest gap.</param>
/// <param name="Median">The median gap.</param>
/// <param name="Longest">The longest gap.</param>
/// <param name="ShortestSpan">The shortest time that <see cref="MessageTiming.SpanGaps"/> gaps in a row took; 0 where there were fewer.</param>
public readonly record struct MessageRhythm(long Gaps, long Shortest, long Median, long Longest, long ShortestSpan);

/// <summary>A message that is broadcast on a bus: an arbitration identifier.</summary>
/// <param name="Message">Bus and identifier.</param>
/// <param name="Protocol">The protocol's name.</param>
/// <param name="Forms">Its forms, the most frequent first.</param>
/// <param name="Rhythm">When it comes.</param>
/// <param name="Seen">When and how often.</param>
public sealed record MessageFact(
    NetworkAddress Message, string Protocol, IReadOnlyList<MessageForm> Forms, MessageRhythm Rhythm, Sightings Seen)
{
    /// <summary>The identifier, bit 31 set for one of 29 bits.</summary>
    public uint Identifier => MessageKeys.IdentifierOf(Message);
}

/// <summary>A bus as a whole.</summary>
/// <param name="Bus">The bus.</param>
/// <param name="Protocol">The protocol's name.</param>
/// <param name="Frames">Frames seen.</param>
/// <param name="ErrorFrames">Error frames among them.</param>
/// <param name="Windows">Whole windows of <see cref="BusWindow.Nanoseconds"/> seen.</param>
/// <param name="BusiestWindow">Frames in the busiest of them, without error frames and parts of longer messages.</param>
/// <param name="GreatestShare">Frames in percent that one message had of a window, at most.</param>
/// <param name="MostErrors">Error frames in one window, at most.</param>
/// <param name="Resolution">
/// How coarse the log's clock is, in nanoseconds: the shortest step of its times, where frames share a time, which none do on
/// a bus. 0 where none share one.
/// </param>
/// <param name="LongestSilence">The longest time between two frames, in nanoseconds, pauses left out.</param>
public sealed record BusFact(
    NetworkAddress Bus,
    string Protocol,
    long Frames,
    long ErrorFrames,
    int Windows,
    int BusiestWindow,
    int GreatestShare,
    int MostErrors,
    long Resolution,
    long LongestSilence);
