using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace OtGuard.Scenarios.Tests.Peers;

/// <summary>
/// A machine of its own with Debian's kernel, under QEMU and without its hardware acceleration: what needs CAN in the
/// kernel is tried there. It starts from memory, runs one script with OtGuard and can-utils at hand, and hands back a
/// folder.
/// </summary>
internal sealed class EmulatedMachine
{
    private const string Emulator = "qemu-system-x86_64";

    private static readonly string[] Modules =
    [
        "net/can/can.ko", "net/can/can-raw.ko", "drivers/net/can/dev/can-dev.ko", "drivers/net/can/vcan.ko",
        "drivers/net/can/sja1000/sja1000.ko", "drivers/net/can/sja1000/kvaser_pci.ko",
    ];

    private static readonly string[] Programs = ["cangen", "candump", "ip"];

    /// <summary>Where tests/run.sh --install-peers puts the kernel.</summary>
    private static string Cache => Environment.GetEnvironmentVariable("OTGUARD_TEST_KERNEL") is { Length: > 0 } named
        ? named
        : Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "otguard-tests", "linux");

    /// <summary>What is missing to start it, null where nothing is.</summary>
    public static string? Missing()
    {
        if (RuntimeInformation.OSArchitecture != Architecture.X64 || !OperatingSystem.IsLinux()) return "it runs on x86-64 Linux only";
        string[] programs = [Emulator, "busybox", .. Programs];
        if (programs.FirstOrDefault(program => Find(program) is null) is { } missing) return $"{missing} is not installed";
        return Kernel() is null ? $"no kernel lies in {Cache}" : null;
    }

    /// <summary>Runs a script as the machine's only program; what it leaves in /results is written to a folder.</summary>
    /// <returns>What it wrote to its console.</returns>
    public static string Run(string script, string folder, TimeSpan patience)
    {
        var image = Path.Combine(folder, "initramfs");
        var results = Path.Combine(folder, "results.tar.gz");
        using (var file = File.Create(image)) WriteImage(file, script);
        string[] arguments =
        [
            // Software emulation: hardware acceleration within another virtual machine often does not start at all.
            "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1024", "-display", "none", "-monitor", "none",
            "-no-reboot", "-nic", "none", "-serial", "stdio", "-serial", $"file:{results}",
            "-object", "can-bus,id=bus0",
            "-device", "kvaser_pci,canbus=bus0", "-device", "kvaser_pci,canbus=bus0",
            "-kernel", Kernel()!, "-initrd", image, "-append", "console=ttyS0 quiet panic=-1",
        ];
        var start = new ProcessStartInfo(Find(Emulator)!, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!;
        var console = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(patience))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            Assert.Fail($"The emulated machine did not end within {patience.TotalSeconds} s:\n{console.Result}{errors.Result}");
        }

        Assert.AreEqual(0, process.ExitCode, errors.Result);
        File.Delete(image);
        using var packed = new GZipStream(File.OpenRead(results), CompressionMode.Decompress);
        TarFile.ExtractToDirectory(packed, folder, overwriteFiles: true);
        return console.Result;
    }

    private static string? Kernel() => Directory.Exists(Path.Combine(Cache, "boot"))
        ? Directory.EnumerateFiles(Path.Combine(Cache, "boot"), "vmlinuz-*").Order(StringComparer.Ordinal).LastOrDefault()
        : null;

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/sbin")
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static void WriteImage(Stream file, string script)
    {
        using var image = new BufferedStream(file, 1 << 20);
        var archive = new CpioWriter(image);
        foreach (var folder in new[] { "bin", "dev", "proc", "sys", "tmp", "results", "modules", "app" }) archive.Folder(folder);
        archive.Console();
        archive.Content("init", Encoding.UTF8.GetBytes(Prologue() + script + Epilogue), executable: true);
        archive.Copy("bin/busybox", Find("busybox")!);
        var kernel = Path.GetFileName(Kernel()!)["vmlinuz-".Length..];
        foreach (var module in Modules)
            archive.Copy(
                $"modules/{Path.GetFileName(module)}", Path.Combine(Cache, "lib", "modules", kernel, "kernel", module));
        var binaries = new List<string>();
        foreach (var program in Programs)
        {
            archive.Copy($"tools/{program}", Find(program)!);
            binaries.Add(Find(program)!);
        }

        AddRuntime(archive, binaries);
        foreach (var application in Directory.EnumerateFiles(AppContext.BaseDirectory))
            if (IsApplication(Path.GetFileName(application))) archive.Copy($"app/{Path.GetFileName(application)}", application);
        foreach (var library in Libraries(binaries)) archive.Copy(library.TrimStart('/'), library);
        archive.Finish();
    }

    private static bool IsApplication(string name) =>
        (name.EndsWith(".dll", StringComparison.Ordinal)
            && !name.Contains("Test", StringComparison.Ordinal) && !name.StartsWith("Microsoft.", StringComparison.Ordinal))
        || name is "otguard.deps.json" or "otguard.runtimeconfig.json";

    /// <summary>The runtime that runs this test, at the same path.</summary>
    private static void AddRuntime(CpioWriter archive, List<string> binaries)
    {
        var framework = new DirectoryInfo(RuntimeEnvironment.GetRuntimeDirectory());
        var root = framework.Parent!.Parent!.Parent!.FullName;
        // The service answers by ASP.NET Core, so that the program starts with that framework only.
        var web = Path.Combine(root, "shared", "Microsoft.AspNetCore.App", framework.Name);
        var files = Directory.EnumerateFiles(framework.FullName)
            .Concat(Directory.EnumerateFiles(web))
            .Concat(Directory.EnumerateFiles(Path.Combine(root, "host", "fxr", framework.Name)));
        foreach (var file in files.Append(Path.Combine(root, "dotnet")))
        {
            archive.Copy($"dotnet{file[root.Length..]}", file);
            if (file.EndsWith(".so", StringComparison.Ordinal) || file.EndsWith("/dotnet", StringComparison.Ordinal))
                binaries.Add(file);
        }
    }

    /// <summary>The shared libraries that programs need, as the loader names them.</summary>
    private static IEnumerable<string> Libraries(IReadOnlyList<string> binaries)
    {
        using var process = Process.Start(
            new ProcessStartInfo("ldd", binaries) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _ = process.StandardError.ReadToEndAsync();
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries);
        process.WaitForExit();
        return lines
            .Select(line => line.Split(' ') is [_, "=>", var path, ..] ? path : line.Split(' ')[0])
            .Where(path => path.StartsWith('/') && !path.EndsWith(':') && File.Exists(path))
            .Distinct();
    }

    private static string Prologue()
    {
        var modules = string.Join(' ', Modules.Select(Path.GetFileName));
        return $$"""
            #!/bin/busybox sh
            /bin/busybox --install -s /bin
            export PATH=/tools:/bin HOME=/tmp DOTNET_ROOT=/dotnet DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_TieredPGO=0
            mount -t proc proc /proc
            mount -t sysfs sys /sys
            mount -t devtmpfs dev /dev
            for module in {{modules}}; do insmod /modules/$module; done
            ip() { /tools/ip "$@"; }
            otguard() { /dotnet/dotnet /app/otguard.dll "$@"; }
            cd /results

            """;
    }

    private const string Epilogue = """

        cd /
        stty -F /dev/ttyS1 raw
        tar -cz results > /dev/ttyS1
        poweroff -f

        """;
}

/// <summary>Writes an archive as the kernel unpacks it at its start.</summary>
/// <remarks>Documentation/driver-api/early-userspace/buffer-format.rst, "newc".</remarks>
internal sealed class CpioWriter(Stream output)
{
    private readonly HashSet<string> _folders = [];
    private int _inode;

    public void Folder(string name)
    {
        if (!_folders.Add(name)) return;
        var slash = name.LastIndexOf('/');
        if (slash > 0) Folder(name[..slash]);
        Write(name, 0x41ED, []);
    }

    /// <summary>The device the first program writes to before there is anything else: character device 5:1.</summary>
    public void Console() => Write("dev/console", 0x2180, [], device: (5, 1));

    public void Copy(string name, string path) => Content(name, File.ReadAllBytes(path), executable: true);

    public void Content(string name, byte[] content, bool executable)
    {
        var slash = name.LastIndexOf('/');
        if (slash > 0) Folder(name[..slash]);
        Write(name, executable ? 0x81ED : 0x81A4, content);
    }

    public void Finish() => Write("TRAILER!!!", 0, []);

    private void Write(string name, int mode, byte[] content, (int Major, int Minor) device = default)
    {
        int[] fields =
        [
            ++_inode, mode, 0, 0, 1, 0, content.Length, 0, 0, device.Major, device.Minor, name.Length + 1, 0,
        ];
        var header = "070701" + string.Concat(fields.Select(field => field.ToString("X8", CultureInfo.InvariantCulture)));
        output.Write(Encoding.ASCII.GetBytes(header + name + '\0'));
        Pad(header.Length + name.Length + 1);
        output.Write(content);
        Pad(content.Length);
    }

    private void Pad(int length) => output.Write(new byte[-length & 3]);
}
