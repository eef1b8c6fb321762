using System.Globalization;

namespace OtGuard.Collectors.Can.Live.Pcan;

/// <summary>A channel of a PEAK adapter that is plugged in.</summary>
/// <param name="Name">Its name: <c>PCAN_USBBUS1</c>.</param>
/// <param name="Hardware">The adapter's name, as it calls itself.</param>
/// <param name="IsFree">Whether nobody uses it.</param>
/// <param name="HasFd">Whether it can do CAN FD.</param>
public sealed record PcanChannel(string Name, string Hardware, bool IsFree, bool HasFd);

/// <summary>What PEAK's library says of itself and of its adapters.</summary>
/// <param name="Version">The library's version, null where there is none.</param>
/// <param name="Missing">Why it could not be used, one sentence; null where it can.</param>
/// <param name="Channels">The channels plugged in.</param>
public sealed record PcanInventory(string? Version, string? Missing, IReadOnlyList<PcanChannel> Channels);

/// <summary>Names and numbers of PCAN channels.</summary>
public static class PcanChannels
{
    private const string Prefix = "PCAN_";

    /// <summary>First channels 1 to 8 and 9 to 16 by the kind of bus.</summary>
    private static readonly (string Kind, ushort First, ushort Ninth)[] Kinds =
        [("USBBUS", 0x51, 0x509), ("PCIBUS", 0x41, 0x409), ("LANBUS", 0x801, 0x809)];

    /// <summary>The library's number of a channel; 0 where there is no such name.</summary>
    /// <param name="name"><c>PCAN_USBBUS1</c> to 16, <c>PCIBUS</c> and <c>LANBUS</c> likewise, with or without <c>PCAN_</c>.</param>
    public static ushort Handle(string name)
    {
        var plain = name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? name[Prefix.Length..] : name;
        foreach (var (kind, first, ninth) in Kinds)
        {
            if (!plain.StartsWith(kind, StringComparison.OrdinalIgnoreCase)) continue;
            if (!int.TryParse(plain[kind.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return 0;
            return number switch
            {
                >= 1 and <= 8 => (ushort)(first + number - 1),
                >= 9 and <= 16 => (ushort)(ninth + number - 9),
                _ => 0,
            };
        }

        return 0;
    }

    /// <summary>Looks for the library and the adapters plugged in. Opens no channel.</summary>
    public static PcanInventory Examine()
    {
        try
        {
            var version = PcanLibrary.Text(0, PcanParameter.ApiVersion);
            var channels = new List<PcanChannel>();
            foreach (var (kind, _, _) in Kinds)
            {
                for (var number = 1; number <= 16; number++)
                {
                    var name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{kind}{number}");
                    var handle = Handle(name);

                    // 0: nothing there; 1: free; 2: in use; 3: in use by PCAN-View, still to be shared.
                    if (PcanLibrary.Value(handle, PcanParameter.ChannelCondition) is not (> 0 and var condition)) continue;
                    channels.Add(new PcanChannel(
                        name,
                        PcanLibrary.Text(handle, PcanParameter.HardwareName) ?? "",
                        condition != 2,
                        ((PcanLibrary.Value(handle, PcanParameter.ChannelFeatures) ?? 0) & 1) != 0));
                }
            }

            return new PcanInventory(version, null, channels);
        }
        catch (Exception fault) when (fault is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            return new PcanInventory(null, MissingText(fault), []);
        }
    }

    internal static string MissingText(Exception fault) => fault is DllNotFoundException
        ? "PEAK's library is not installed: PCANBasic.dll comes with the driver on Windows, libpcanbasic.so with PCAN-Basic for Linux (or use SocketCAN, which the kernel's own driver offers for PEAK adapters)."
        : $"PEAK's library is there and does not fit: {fault.Message}";
}
