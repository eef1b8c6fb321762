using System.Globalization;
using Microsoft.Data.Sqlite;

namespace OtGuard.Storage.Embedded;

/// <summary>How far the store has had to go to have room.</summary>
public enum RoomStage : byte
{
    /// <summary>There is room for everything.</summary>
    Ample,

    /// <summary>
    /// New points of series are refused and counted; old ones, and those waiting to be sent, were removed.
    /// </summary>
    SeriesRefused,

    /// <summary>Deviations told for information were removed too, the oldest first.</summary>
    InformationRemoved,

    /// <summary>
    /// The reserve was given back to the disk. Alerts, their deviations and the journal are still written.
    /// </summary>
    ReserveReleased,
}

/// <summary>
/// Sees to it that alerts have room, whatever else there is: where the database grows beyond its limit or the disk
/// fills, room is made in a stated order, and what that cost is counted. Alerts, what they hold, and the journal are
/// never given up.
/// </summary>
/// <remarks>Used within the writer's gate, outside of a transaction.</remarks>
internal sealed class StoreRoom(EmbeddedStoreOptions options)
{
    /// <summary>Rows removed in one transaction: its write-ahead log stays well below the reserve.</summary>
    private const int RowsAtOnce = 5000;

    /// <summary>
    /// Where it has been made, this share of the limit is to be free, so that it is not made again with every commit.
    /// </summary>
    private const double Slack = 0.02;

    private string ReservePath => options.Path + ".reserve";

    /// <summary>How far it has had to go.</summary>
    public RoomStage Stage { get; private set; }

    /// <summary>Fills the reserve where it is missing and the disk has room for it.</summary>
    public void Prepare()
    {
        if (options.ReserveBytes <= 0) return;
        var there = File.Exists(ReservePath) ? new FileInfo(ReservePath).Length : 0;
        if (there >= options.ReserveBytes || FreeBytes() < options.ReserveBytes + options.MinimumFreeBytes) return;
        try
        {
            using var file = File.Open(ReservePath, FileMode.OpenOrCreate, FileAccess.Write);
            var block = new byte[64 << 10];
            // Written, not only extended: a hole would reserve nothing.
            for (var length = 0L; length < options.ReserveBytes; length += block.Length)
                file.Write(block, 0, (int)Math.Min(block.Length, options.ReserveBytes - length));
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // No room for a reserve: the stages before it have to do.
            File.Delete(ReservePath);
        }
    }

    /// <summary>Makes room where it is needed. <paramref name="refused"/>: the disk has just refused a write.</summary>
    public void Ensure(Sql sql, bool refused)
    {
        if (!refused && !IsShort(sql, slack: 0))
        {
            if (Stage != RoomStage.Ample && !IsShort(sql, Slack)) Stage = RoomStage.Ample;
            // What was given back to the disk is set aside again once the disk has room for it.
            if (Stage == RoomStage.Ample) Prepare();
            return;
        }

        // Removing is written to the log first, for which there may be no room left but this.
        if (refused) File.Delete(ReservePath);
        if (Stage < RoomStage.SeriesRefused) Stage = RoomStage.SeriesRefused;
        DropSeries(sql);
        if (IsShort(sql, Slack))
        {
            if (Stage < RoomStage.InformationRemoved) Stage = RoomStage.InformationRemoved;
            DropInformation(sql);
        }

        if (!IsShort(sql, Slack)) Prepare();
        else if (FreeBytes() < options.MinimumFreeBytes || !File.Exists(ReservePath)) Release();
    }

    /// <summary>Bytes the database's contents take, free pages not counted.</summary>
    public static long UsedBytes(Sql sql) =>
        (sql.Number("PRAGMA page_count") - sql.Number("PRAGMA freelist_count")) * sql.Number("PRAGMA page_size");

    /// <summary>True where the database is too large, or the disk has too little left; a missing reserve is owed to it.</summary>
    private bool IsShort(Sql sql, double slack)
    {
        var owed = options.ReserveBytes > 0 && !File.Exists(ReservePath) ? options.ReserveBytes : 0;
        return UsedBytes(sql) > options.MaximumBytes * (1 - slack)
            || FreeBytes() < options.MinimumFreeBytes * (1 + slack) + owed;
    }

    private long FreeBytes()
    {
        try
        {
            return new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(options.Path))!).AvailableFreeSpace;
        }
        catch (Exception fault) when (fault is IOException or ArgumentException or UnauthorizedAccessException)
        {
            // A file system that does not tell: its refusals have to do.
            return long.MaxValue;
        }
    }

    private void Release()
    {
        if (options.ReserveBytes <= 0) return;
        File.Delete(ReservePath);
        Stage = RoomStage.ReserveReleased;
    }

    private void DropSeries(Sql sql)
    {
        RemoveWhileShort(
            sql,
            "DELETE FROM point WHERE (series, time) IN (SELECT series, time FROM point ORDER BY time LIMIT $1)",
            "points-removed-for-room");
        while (IsShort(sql, Slack))
        {
            // Points that wait to be sent; alerts and deviations that wait are never given up.
            var waiting = sql.Rows(
                "SELECT d.destination, d.sequence FROM delivery d JOIN message m ON m.sequence = d.sequence WHERE "
                + "m.content = 2 "
                + "ORDER BY d.sequence LIMIT $1",
                row => (Destination: row.GetString(0), Sequence: row.GetInt64(1)),
                RowsAtOnce);
            if (waiting.Count == 0) break;
            sql.Script("BEGIN IMMEDIATE");
            foreach (var (destination, sequence) in waiting)
            {
                sql.Execute("DELETE FROM delivery WHERE destination = $1 AND sequence = $2", destination, sequence);
                sql.Execute("UPDATE destination SET dropped = dropped + 1 WHERE name = $1", destination);
            }

            sql.Execute("DELETE FROM message WHERE content = 2 AND sequence NOT IN (SELECT sequence FROM delivery)");
            sql.Script("COMMIT");
            GiveBack(sql);
        }
    }

    private void DropInformation(Sql sql) => RemoveWhileShort(
        sql,
        string.Create(
            CultureInfo.InvariantCulture,
            $"DELETE FROM deviation WHERE sequence IN (SELECT sequence FROM deviation WHERE alert IS NULL AND severity "
            + $"< {Models.Severity.AlarmFrom} ORDER BY sequence LIMIT $1)"),
        "information-removed-for-room");

    private void RemoveWhileShort(Sql sql, string delete, string counter)
    {
        while (IsShort(sql, Slack))
        {
            sql.Script("BEGIN IMMEDIATE");
            var removed = sql.Execute(delete, RowsAtOnce);
            Count(sql, counter, removed);
            sql.Script("COMMIT");
            GiveBack(sql);
            if (removed == 0) return;
        }
    }

    /// <summary>Adds to a counter that outlives the process.</summary>
    public static void Count(Sql sql, string name, long by)
    {
        if (by > 0)
            sql.Execute(
                "INSERT INTO counter (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = value + $2",
                    name, by);
    }

    /// <summary>Gives free pages back to the disk.</summary>
    public static void GiveBack(Sql sql)
    {
        // To the last row: each gives back one page.
        sql.Rows("PRAGMA incremental_vacuum", _ => 0);
        try
        {
            sql.Script("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode is 5 or 6)
        {
            // Somebody reads: the next checkpoint comes to it.
        }
    }
}
