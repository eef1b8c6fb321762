using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using OtGuard.TestKit;

namespace OtGuard.Collectors.Can.Tests.Live;

/// <summary>A shared library with PEAK's interface, compiled by the tests and loaded in the place of PEAK's.</summary>
internal static unsafe class FakePcan
{
    private const string Source = "tests/OtGuard.Collectors.Can.Tests/Live/fake_pcan.c";

    // Kept as long as the process: a library that is loaded is not taken away.
    private static readonly Lazy<nint> Library = new(Compile);

    public static string Calls => Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)Export("fake_calls"))())!.Trim();

    public static int Writes => ((delegate* unmanaged<int>)Export("fake_writes"))();

    public static bool IsInitialized => ((delegate* unmanaged<int>)Export("fake_initialized"))() != 0;

    public static void Reset() => ((delegate* unmanaged<void>)Export("fake_reset"))();

    public static void State(uint state) => ((delegate* unmanaged<uint, void>)Export("fake_state"))(state);

    public static void InitializeStatus(uint status) =>
        ((delegate* unmanaged<uint, void>)Export("fake_initialize_status"))(status);

    public static void RefuseListenOnly(bool refuses = false, bool ignores = false) =>
        ((delegate* unmanaged<int, int, void>)Export("fake_refuse_listen_only"))(refuses ? 1 : 0, ignores ? 1 : 0);

    public static void Push(uint id, byte type, string data, ulong microseconds, byte? length = null, uint status = 0)
    {
        var bytes = Convert.FromHexString(data);
        fixed (byte* first = bytes)
            ((delegate* unmanaged<uint, int, uint, byte, byte, byte*, int, ulong, void>)Export("fake_push"))(
                status, 1, id, type, length ?? (byte)bytes.Length, first, bytes.Length, microseconds);
    }

    /// <summary>A call that gives a status and no message.</summary>
    public static void PushStatus(uint status) =>
        ((delegate* unmanaged<uint, int, uint, byte, byte, byte*, int, ulong, void>)Export("fake_push"))(
            status, 0, 0, 0, 0, null, 0, 0);

    private static nint Export(string name) => NativeLibrary.GetExport(Library.Value, name);

    private static nint Compile()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("otguard-pcan-").FullName, "libpcanbasic.so");
        string[] arguments =
            ["-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", path, Path.Combine(SharedData.RepositoryRoot, Source)];
        try
        {
            using var compiler = Process.Start(new ProcessStartInfo("gcc", arguments) { RedirectStandardError = true })!;
            var errors = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            Assert.AreEqual(0, compiler.ExitCode, errors);
        }
        catch (Win32Exception)
        {
            const string message = "gcc is not installed (tests/run.sh --install-peers installs it).";
            if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
            Assert.Inconclusive(message);
        }

        Environment.SetEnvironmentVariable("OTGUARD_PCANBASIC", path);
        return NativeLibrary.Load(path);
    }
}
