using System.Security.Cryptography;
using System.Text.Json;

namespace OtGuard.Exchange.Sharing;

/// <summary>
/// The keys a partner's pseudonyms are made with: the latest makes new ones, earlier ones stay so that old packs can
/// still be read at home. One file a partner, readable for its owner only.
/// </summary>
public sealed class PseudonymKeys
{
    private const int KeyBytes = 32;

    private readonly string _path;
    private readonly List<KeyRecord> _keys;

    private PseudonymKeys(string path, List<KeyRecord> keys) => (_path, _keys) = (path, keys);

    /// <summary>The number of the key in use, from 1.</summary>
    public int Epoch => _keys[^1].Epoch;

    /// <summary>Numbers of all keys, the first first.</summary>
    public IEnumerable<int> Epochs => _keys.Select(key => key.Epoch);

    /// <summary>Opens the file; makes it with a first key where there is none.</summary>
    /// <exception cref="ExchangeFormatException">It holds something else.</exception>
    public static PseudonymKeys Open(string path)
    {
        if (!File.Exists(path))
        {
            var made = new PseudonymKeys(path, [Fresh(1)]);
            made.Save();
            return made;
        }

        var keys = ExchangeJson.ReadFile<List<KeyRecord>>(path);
        if (keys.Count == 0 || keys.Any(key => key.Key.Length != KeyBytes)
            || keys.Zip(keys.Skip(1)).Any(pair => pair.First.Epoch >= pair.Second.Epoch))
            throw new ExchangeFormatException(
                $"'{path}' holds no keys of {KeyBytes} bytes in ascending order; put back a backup: with other keys, "
                + "pseudonyms would no longer be the same.");
        return new PseudonymKeys(path, keys);
    }

    /// <summary>Pseudonyms of the key in use.</summary>
    public Pseudonyms Pseudonyms() => new(_keys[^1].Key, Epoch);

    /// <summary>Adds a key: from now on pseudonyms are others than those the partner has seen.</summary>
    public void Rotate()
    {
        _keys.Add(Fresh(Epoch + 1));
        Save();
    }

    private static KeyRecord Fresh(int epoch) => new(epoch, RandomNumberGenerator.GetBytes(KeyBytes));

    private void Save() =>
        ExchangeFolder.WritePrivate(_path, JsonSerializer.Serialize(_keys, ExchangeJson.Files) + "\n");

    private sealed record KeyRecord(int Epoch, byte[] Key);
}
