using System.Text.Json.Serialization;

namespace OtGuard.Exchange.Sharing;

/// <summary>What becomes of a piece of a case on its way out.</summary>
public enum Treatment : byte
{
    /// <summary>It is left out.</summary>
    Drop,

    /// <summary>A keyed pseudonym stands in its place: the same for the same partner, another for another.</summary>
    Pseudonym,

    /// <summary>It leaves as it is.</summary>
    Share,
}

/// <summary>
/// What becomes of each sort of piece. What is not named is dropped: a new sort is withheld until somebody decides.
/// </summary>
public sealed record SharingProfile
{
    /// <summary>Addresses of the network and the link.</summary>
    public Treatment Address { get; init; }

    /// <summary>Names of hosts, points, nodes, zones, sensors, sites.</summary>
    public Treatment Name { get; init; }

    /// <summary>User names.</summary>
    public Treatment User { get; init; }

    /// <summary>Vehicle identification numbers.</summary>
    public Treatment Vehicle { get; init; }

    /// <summary>Places.</summary>
    public Treatment Location { get; init; }

    /// <summary>Values of the process.</summary>
    public Treatment Value { get; init; }

    /// <summary>Name, registration and contact of the operator.</summary>
    public Treatment Organisation { get; init; }

    /// <summary>What a person wrote. Withheld pieces in it are replaced all the same.</summary>
    public Treatment Text { get; init; }

    /// <summary>Bytes that frames carry.</summary>
    public Treatment Payload { get; init; }

    /// <summary>Public addresses of others: an attacker's, as a rule, and what a partner can look for.</summary>
    public Treatment PublicAddress { get; init; }

    /// <summary>What becomes of a sort.</summary>
    public Treatment this[Sensitivity sort] => sort switch
    {
        Sensitivity.Neutral => Treatment.Share,
        Sensitivity.Address => Address,
        Sensitivity.Name => Name,
        Sensitivity.User => User,
        Sensitivity.Vehicle => Vehicle,
        Sensitivity.Location => Location,
        Sensitivity.Value => Value,
        Sensitivity.Organisation => Organisation,
        Sensitivity.Text => Text,
        Sensitivity.Payload => Payload,
    };

    /// <summary>
    /// The profile of a level where a partner's file has none: pseudonyms for what makes a picture, nothing of the
    /// process; who the operator is and what people wrote from AMBER on, as the law's reports need it.
    /// </summary>
    public static SharingProfile Default(Tlp level)
    {
        var closed = level >= Tlp.Amber;
        return new SharingProfile
        {
            Address = Treatment.Pseudonym,
            Name = Treatment.Pseudonym,
            User = Treatment.Pseudonym,
            Location = closed ? Treatment.Share : Treatment.Drop,
            Organisation = closed ? Treatment.Share : Treatment.Drop,
            Text = closed ? Treatment.Share : Treatment.Drop,
            PublicAddress = Treatment.Share,
        };
    }

    /// <summary>What in it does not go together; empty for nothing.</summary>
    public IEnumerable<string> Faults()
    {
        if (Payload == Treatment.Pseudonym) yield return "payload bytes have no pseudonym; they are shared or dropped.";
        if (Text == Treatment.Pseudonym) yield return "free text has no pseudonym; it is shared or dropped.";
        if (Value == Treatment.Pseudonym) yield return "process values have no pseudonym; they are shared or dropped.";
        if (Payload == Treatment.Share && Value != Treatment.Share)
            yield return "payload bytes carry process values: share both, or drop the payload.";
        if (Payload == Treatment.Share && (Address != Treatment.Share || Name != Treatment.Share || User != Treatment.Share))
            yield return "payload bytes may carry addresses and names: share those too, or drop the payload.";
    }
}

/// <summary>How packs reach a partner.</summary>
public enum ChannelKind : byte
{
    /// <summary>Files in a folder, to be carried over.</summary>
    Folder,

    /// <summary>A TAXII 2.1 collection.</summary>
    Taxii,

    /// <summary>A MISP server.</summary>
    Misp,

    /// <summary>E-mail.</summary>
    Mail,
}

/// <summary>The way to a partner. Secrets lie in files of their own and are never written here.</summary>
public sealed record ChannelOptions
{
    /// <summary>What it is.</summary>
    public ChannelKind Kind { get; init; }

    /// <summary>Folder: where packs are put.</summary>
    public string? Path { get; init; }

    /// <summary>TAXII: the API root. MISP: the server.</summary>
    public Uri? Url { get; init; }

    /// <summary>TAXII: the collection's id.</summary>
    public string? Collection { get; init; }

    /// <summary>TAXII, mail: the user to log in as.</summary>
    public string? User { get; init; }

    /// <summary>File that holds the password (TAXII, mail) or the key of the interface (MISP).</summary>
    public string? SecretFile { get; init; }

    /// <summary>Mail: the server.</summary>
    public string? Host { get; init; }

    /// <summary>Mail: its port. Default 587, with STARTTLS.</summary>
    public int Port { get; init; } = 587;

    /// <summary>Mail: the sender.</summary>
    public string? From { get; init; }

    /// <summary>Mail: the recipients.</summary>
    public IReadOnlyList<string> To { get; init; } = [];

    /// <summary>
    /// Mail: certificates (PEM) the message is encrypted for by S/MIME; without them and keys it goes in plain.
    /// </summary>
    public IReadOnlyList<string> RecipientCertificates { get; init; } = [];

    /// <summary>Mail: files with public keys the message is encrypted for by OpenPGP, one of each recipient.</summary>
    public IReadOnlyList<string> RecipientKeys { get; init; } = [];

    /// <summary>A certificate (PEM) the server's must be or descend from; null for those of the system.</summary>
    public string? ServerCertificate { get; init; }

    /// <summary>Whether what goes this way can be read on the way.</summary>
    [JsonIgnore]
    public bool IsPlainMail => Kind == ChannelKind.Mail && RecipientCertificates.Count + RecipientKeys.Count == 0;

    /// <summary>MISP: 0 own organisation, 1 community, 2 connected communities, 3 all. Default 0.</summary>
    public int Distribution { get; init; }
}

/// <summary>A partner: one file of <c>partners</c>.</summary>
public sealed record Partner
{
    private const int MostReleasers = 5;

    /// <summary>The schema, for editors.</summary>
    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    /// <summary>Its id, also the file's name.</summary>
    public required string Id { get; init; }

    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>The language of reports to it.</summary>
    public Language Language { get; init; }

    /// <summary>True for a channel of exercises: nothing but exercises goes there, and exercises go nowhere else.</summary>
    public bool Exercise { get; init; }

    /// <summary>How many different people have to let a pack leave for it. Default 1.</summary>
    public int Releasers { get; init; } = 1;

    /// <summary>The way to it.</summary>
    public ChannelOptions Channel { get; init; } = new();

    /// <summary>What leaves at each level, by its word; a level that is not named has the default profile.</summary>
    public IReadOnlyDictionary<string, SharingProfile> Profiles { get; init; } = new Dictionary<string, SharingProfile>();

    /// <summary>The profile of a level.</summary>
    public SharingProfile Profile(Tlp level) =>
        Profiles.GetValueOrDefault(TlpText.Word(level)) ?? SharingProfile.Default(level);

    /// <summary>What is wrong with it; empty for nothing.</summary>
    public IEnumerable<string> Faults()
    {
        if (Id.Length is < 1 or > 40 || !Id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            yield return $"the id '{Id}' is not of small letters, digits and hyphens.";
        if (Releasers is < 1 or > MostReleasers) yield return $"'releasers' is from 1 to {MostReleasers}.";
        foreach (var (word, profile) in Profiles)
        {
            if (!TlpText.Words.Contains(word, StringComparer.Ordinal))
                yield return $"'{word}' is no level; they are {string.Join(", ", TlpText.Words)}.";
            foreach (var fault in profile.Faults()) yield return $"profile {word}: {fault}";
        }

        switch (Channel.Kind)
        {
            case ChannelKind.Folder:
                break;
            case ChannelKind.Taxii:
                if (Channel.Url is null) yield return "a TAXII channel needs 'url', the API root.";
                if (string.IsNullOrEmpty(Channel.Collection)) yield return "a TAXII channel needs 'collection'.";
                break;
            case ChannelKind.Misp:
                if (Channel.Url is null) yield return "a MISP channel needs 'url', the server.";
                if (Channel.SecretFile is null) yield return "a MISP channel needs 'secretFile', which holds its key.";
                if (Channel.Distribution is < 0 or > 3) yield return "'distribution' is 0, 1, 2 or 3.";
                break;
            case ChannelKind.Mail:
                if (string.IsNullOrEmpty(Channel.Host)) yield return "a mail channel needs 'host'.";
                if (string.IsNullOrEmpty(Channel.From)) yield return "a mail channel needs 'from'.";
                if (Channel.To.Count == 0) yield return "a mail channel needs 'to'.";
                if (Channel is { RecipientCertificates.Count: > 0, RecipientKeys.Count: > 0 })
                    yield return
                        "a mail channel has 'recipientCertificates' (S/MIME) or 'recipientKeys' (OpenPGP), not both.";
                break;
            default:
                throw new InvalidOperationException();
        }
    }
}
