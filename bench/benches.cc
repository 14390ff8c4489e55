#include "bench/benches.h"

#include <iterator>
#include <vector>

#include "bench/ours.h"
#include "bench/ours_groups.h"
#include "bench/ours_large.h"
#include "bench/twin_file.h"
#include "bench/twin_replay.h"
#include "bench/twin_rocksdb.h"
#include "bench/twin_sqlite.h"

namespace evlog::bench {
namespace {

// Names of twins, where bars refer to them.
constexpr const char* kPacked = "rocksdb packed";
constexpr const char* kKeyPerEntry = "rocksdb key per entry";
constexpr const char* kPut = "rocksdb Put";
constexpr const char* kTwoRows = "rocksdb two rows";
constexpr const char* kSqlite = "sqlite";
constexpr const char* kGrowing = "file growing";
constexpr const char* kPreallocated = "file preallocated";
constexpr const char* kGroupCommit = "file group commit";
constexpr const char* kPut32 = "rocksdb Put x32";
constexpr const char* kPut32Concurrent = "rocksdb Put x32 conc";

constexpr Side kPutSide = {kPut, "one Put per entry", RocksDbPut};
constexpr Side kGroupCommitSide = {
    kGroupCommit, "32 threads; a leader writes all that wait, one fdatasync", FileGroupCommit32};
constexpr Side kPut32Side = {kPut32, "32 threads, Put with sync", RocksDbSyncPut32};
constexpr Side kPut32ConcurrentSide = {
    kPut32Concurrent, "the same with allow_concurrent_memtable_write", RocksDbSyncPut32Concurrent};

constexpr Side kE1[] = {
    {"evlog", "Append of a Batch", OursAppendBatch100},
    {kPacked, "100 entries encoded into one value, one Put", RocksDbPacked100},
    {kKeyPerEntry, "WriteBatch of 100 rows", RocksDbKeyPerEntry100},
    {kSqlite, "WAL, transaction of 100 inserts, synchronous=NORMAL", SqliteBatch100},
};
constexpr Bar kE1Bars[] = {{kPacked, 0.8}, {kKeyPerEntry, 2.5}, {kSqlite, 5}};

constexpr Side kE1Large[] = {
    {"evlog", "Append of a Batch", OursAppendBatch1000},
    {kPacked, "1,000 entries encoded into one value, one Put", RocksDbPacked1000},
    {kKeyPerEntry, "WriteBatch of 1,000 rows", RocksDbKeyPerEntry1000},
};

constexpr Side kE2[] = {
    {"evlog", "Append", OursAppendSingle},
    {kTwoRows, "WriteBatch of the two rows that ours makes", RocksDbTwoRows},
    kPutSide,
};
constexpr Bar kE2Bars[] = {{kTwoRows, 0.85}, {kPut, 0.65}};

constexpr Side kE3[] = {
    {"evlog", "AppendAsync; ends with the last completion", OursAppendAsyncSingle},
    kPutSide,
};
constexpr Bar kE3Bars[] = {{kPut, 3}};

constexpr Side kE4[] = {
    {"evlog", "Append", OursSyncSingle},
    {kGrowing, "write + fdatasync at the end of a file", FileGrowing},
    {kPreallocated, "write + fdatasync within a file of zeros", FilePreallocated},
    {kSqlite, "WAL, transaction per insert, synchronous=FULL", SqliteSyncInsert},
    {kPut, "Put with sync", RocksDbSyncPut},
};
constexpr Bar kE4Bars[] = {{kGrowing, 0.9}};

constexpr Side kE5Blocking[] = {
    {"evlog", "32 threads, Append", OursSync32},
    kGroupCommitSide,
    kPut32Side,
    kPut32ConcurrentSide,
};
constexpr Bar kE5BlockingBars[] = {{kGroupCommit, 0.9}};

constexpr Side kE5Async[] = {
    {"evlog", "one thread, AppendAsync, 1,000 in flight", OursSyncAsync1000},
    kGroupCommitSide,
    kPut32Side,
    kPut32ConcurrentSide,
};
// Against the faster of the two as well: 10 x of either.
constexpr Bar kE5AsyncBars[] = {{kPut32, 10}, {kPut32Concurrent, 10}};

constexpr const char* kOurFixture = "evlog-one-stream";
constexpr const char* kPackedFixture = "rocksdb-packed";
constexpr const char* kKeyPerEntryFixture = "rocksdb-key-per-entry";

constexpr Side kE6Warm[] = {
    {"evlog", "Read, second pass", OursReplayWarm, kOurFixture, PrepareOursOneStream},
    {kPacked, "scan of packed batches, second pass", RocksDbPackedScanWarm, kPackedFixture,
     PrepareRocksDbPacked},
    {kKeyPerEntry, "scan of a row per entry, second pass", RocksDbKeyPerEntryScanWarm,
     kKeyPerEntryFixture, PrepareRocksDbKeyPerEntry},
};
constexpr Side kE6Cold[] = {
    {"evlog", "Read", OursReplayCold, kOurFixture, PrepareOursOneStream},
    {kPacked, "scan of packed batches", RocksDbPackedScanCold, kPackedFixture,
     PrepareRocksDbPacked},
    {kKeyPerEntry, "scan of a row per entry", RocksDbKeyPerEntryScanCold, kKeyPerEntryFixture,
     PrepareRocksDbKeyPerEntry},
};
constexpr Bar kE6Bars[] = {{kPacked, 0.6}, {kKeyPerEntry, 2.5}};

constexpr Side kE6Interleaved[] = {
    {"evlog", "Read of one stream; another one each round", OursReplayInterleavedCold,
     "evlog-interleaved", PrepareOursInterleaved},
};
constexpr Bar kE6InterleavedBars[] = {{nullptr, 0, 0.5e6}};

constexpr const char* kAppend = "append";
constexpr const char* kGroupFixture = "evlog-group";
constexpr Side kE7[] = {
    {"evlog", "Group::Read of 100, Group::Ack", OursGroupReadAck100, kGroupFixture,
     PrepareOursGroup},
    {kAppend, "Append of a Batch of 100, as in E1", OursAppendBatch100},
};
constexpr Bar kE7Bars[] = {{kAppend, 0.5}};
constexpr Side kE7Single[] = {
    {"evlog", "Group::Read of 1, Group::Ack", OursGroupReadAck1, kGroupFixture, PrepareOursGroup},
    {kAppend, "Append of one, as in E2", OursAppendSingle},
};
constexpr Side kE11Runs[] = {{"evlog", "Group::Read of 100 by one consumer", OursPendingRuns}};
constexpr Side kE11Singles[] = {
    {"evlog", "Group::Read of 1 by ten consumers in turn; every second one acknowledged",
     OursPendingSingles}};

template <absl::StatusOr<Measurement> (*kRun)(const Context&)>
constexpr Side kSustained[] = {{"evlog", "Append of a Batch", kRun}};
constexpr Side kE10[] = {
    {"evlog", "OpenStream, Append with an expected offset; then Open, Read", OursAggregates}};
constexpr const char* kUntrimmed = "before the trim";
constexpr Side kE12[] = {
    {"evlog, after the trim", "Read from the beginning", OursFirstReadTrimmed},
    {kUntrimmed, "Read from the beginning", OursFirstRead},
};
constexpr Bar kE12Bars[] = {{kUntrimmed, 0.5}};

constexpr Bench kBenches[] = {
    {"E1.append_batch100_os", "append in batches of 100, one thread, durability os", 2'000'000,
     2'000, kE1, kE1Bars},
    {"E1.append_batch1000_os",
     "append in batches of 1,000, one thread, durability os",
     2'000'000,
     2'000,
     kE1Large,
     {}},
    {"E2.append_single_os", "append one by one, one thread, durability os", 500'000, 500, kE2,
     kE2Bars},
    {"E3.append_async_single_os", "append one by one without waiting, one thread, durability os",
     1'000'000, 1'000, kE3, kE3Bars},
    {"E4.append_single_sync", "append one by one, one thread, durability sync", 4'000, 20, kE4,
     kE4Bars},
    {"E5.append_32_threads_sync", "append one by one, 32 blocking threads, durability sync", 64'000,
     320, kE5Blocking, kE5BlockingBars},
    {"E5.append_1000_in_flight_sync",
     "append one by one, one thread with 1,000 in flight (twins: 32 threads), durability sync",
     64'000, 320, kE5Async, kE5AsyncBars},
    {"E6.replay_warm", "replay of one stream, every field decoded, page cache warm", 5'000'000,
     2'000, kE6Warm, kE6Bars},
    {"E6.replay_cold", "replay of one stream, every field decoded, page cache dropped", 5'000'000,
     2'000, kE6Cold, kE6Bars},
    {"E6.replay_interleaved_cold",
     "replay of one of 100 interleaved streams (entries: of all), page cache dropped", 5'000'000,
     10'000, kE6Interleaved, kE6InterleavedBars},
    {"E7.group_read_ack_100", "a group reads and acknowledges, 100 at a time, durability os",
     2'000'000, 2'000, kE7, kE7Bars},
    {"E7.group_read_ack_1",
     "a group reads and acknowledges one by one, durability os",
     500'000,
     500,
     kE7Single,
     {}},
    {"E9.sustained_1",
     "batches of 100 to 1 stream",
     20'000'000,
     2'000,
     kSustained<OursSustained1>,
     {},
     1},
    {"E9.sustained_100",
     "batches of 100 to 100 streams in turn",
     20'000'000,
     10'000,
     kSustained<OursSustained100>,
     {},
     1},
    {"E9.sustained_1000",
     "batches of 100 to 1,000 streams in turn",
     20'000'000,
     100'000,
     kSustained<OursSustained1000>,
     {},
     1},
    {"E9.deep_1",
     "batches of 100 to 1 stream, memtables a tenth as large",
     20'000'000,
     2'000,
     kSustained<OursSustainedDeep1>,
     {},
     1},
    {"E9.deep_1000",
     "batches of 100 to 1,000 streams, memtables a tenth as large",
     20'000'000,
     100'000,
     kSustained<OursSustainedDeep1000>,
     {},
     1},
    {"E10.aggregates",
     "streams of 10 entries, appended one by one with their expected offset",
     10'000'000,
     1'000,
     kE10,
     {},
     1},
    {"E11.pending_100", "delivered 100 at a time, and pending", 10'000'000, 4'000, kE11Runs, {}, 1},
    {"E11.pending_1",
     "delivered one at a time, and half of them pending",
     20'000'000,
     4'000,
     kE11Singles,
     {},
     1},
    {"E12.first_read_after_trim", "time to the first entry, 5 of 6 entries trimmed", 12'000'000,
     6'000, kE12, kE12Bars, 3},
};

}  // namespace

std::span<const Bench> AllBenches() {
  static const std::vector<Bench>& all = *[] {
    auto* benches = new std::vector<Bench>(std::begin(kBenches), std::end(kBenches));
    benches->insert(benches->end(), ChannelBenches().begin(), ChannelBenches().end());
    benches->insert(benches->end(), ServerBenches().begin(), ServerBenches().end());
    return benches;
  }();
  return all;
}

}  // namespace evlog::bench
