#include "log/key_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "tests/log/golden.h"
#include "tests/support/hex.h"
#include "tests/support/rng.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

using std::string_literals::operator""s;
using std::string_view_literals::operator""sv;

constexpr uint64_t kMax = UINT64_MAX;
constexpr uint64_t kOrdered = 0x0102030405060708;
const GroupId kGroup{StreamId(300), GroupNumber(0x0a0b)};

Golden GroupKeys() {
  return {
      {"groups/key", ToHex(EncodeGroupKey(kGroup).view())},
      {"groups/range_begin", ToHex(GroupsRange(kGroup.stream).begin)},
      {"groups/range_end", ToHex(GroupsRange(kGroup.stream).end)},
      {"pending/key", ToHex(EncodePendingKey(kGroup, 0x03ff, kOrdered).view())},
      {"pending/range_begin", ToHex(GroupRange(kGroup).begin)},
      {"pending/range_end", ToHex(GroupRange(kGroup).end)},
      {"journal/key", ToHex(EncodeJournalKey(kGroup, 0x0102).view())},
  };
}

TEST(KeyCodecTest, Golden) {
  const PartitionId partition{StreamId(300), 1023};
  const KeyRange dir = DirRange(partition);
  Golden keys = {
      {"log/first", ToHex(EncodeLogKey({1, 0}).view())},
      {"log/bytes_in_order", ToHex(EncodeLogKey({kOrdered, 0x090a0b0c}).view())},
      {"log/largest", ToHex(EncodeLogKey({kMax, UINT32_MAX}).view())},
      {"dir/first", ToHex(EncodeDirKey({StreamId(1), 0}, {0, 1}).view())},
      {"dir/bytes_in_order",
       ToHex(EncodeDirKey({StreamId(kOrdered), 0x030a}, {0x0b0c0d0e0f101112, 0x131415161718191a})
                 .view())},
      {"dir/partitioned",
       ToHex(EncodeDirKey(partition, {1'700'000'000'000, 7 << 10 | 1023}).view())},
      {"dir/largest", ToHex(EncodeDirKey({StreamId(kMax), 0xffff}, EntryId::Max()).view())},
      {"dir/range_begin", ToHex(dir.begin)},
      {"dir/range_end", ToHex(dir.end)},
      {"catalog/first", ToHex(EncodeCatalogKey(StreamId(1)).view())},
      {"catalog/largest", ToHex(EncodeCatalogKey(StreamId(kMax)).view())},
      {"names/orders", ToHex(EncodeNameKey(0, "orders"))},
      {"names/binary", ToHex(EncodeNameKey(15, "\0\xff"s))},
      {"names/range_begin", ToHex(NameRange(3, "").begin)},
      {"names/range_end", ToHex(NameRange(3, "").end)},
      {"names/range_begin_after", ToHex(NameRange(3, "orders").begin)},
      {"trims/partition", ToHex(EncodeTrimKey(partition).view())},
      {"trims/dropped", ToHex(EncodeTrimKey({StreamId(300), kDroppedMark}).view())},
      {"trims/range_begin", ToHex(TrimRange(StreamId(300)).begin)},
      {"trims/range_end", ToHex(TrimRange(StreamId(300)).end)},
      {"holes/block", ToHex(EncodeHolesKey(partition, kOrdered).view())},
      {"holes/range_begin", ToHex(HolesRange(partition, 7).begin)},
      {"holes/range_end", ToHex(HolesRange(partition, 7).end)},
      {"timers/retention",
       ToHex(EncodeTimerKey({0x0102, TimerKind::kRetention, StreamId(7)}).view())},
      {"timers/expiry", ToHex(EncodeTimerKey({kOrdered, TimerKind::kExpiry, StreamId(7)}).view())},
      {"timers/abandoned",
       ToHex(EncodeTimerKey({0, TimerKind::kAbandoned, StreamId(kMax)}).view())},
      {"timers/range_end", ToHex(TimersUntil(0x0102).end)},
      {"schedule/key", ToHex(EncodeScheduleKey({1'700'000'000'000, kOrdered}).view())},
      {"schedule/first", ToHex(EncodeScheduleKey({0, 1}).view())},
      {"schedule/range_begin", ToHex(ScheduleRange({0x0102, 7}).begin)},
      {"routes/key", ToHex(EncodeRouteKey({3, "events.*", "events"}))},
      {"routes/empty_pattern", ToHex(EncodeRouteKey({0, "", "s"}))},
      {"routes/range_begin", ToHex(RouteRange(3).begin)},
      {"routes/range_end", ToHex(RouteRange(3).end)},
      {"idempotence/sequence",
       ToHex(EncodeIdempotenceKey({StreamId(300), "till-7", Idempotence::Kind::kSequence, ""}))},
      {"idempotence/id",
       ToHex(EncodeIdempotenceKey({StreamId(300), "till-7", Idempotence::Kind::kId, "receipt"}))},
      {"idempotence/content",
       ToHex(EncodeIdempotenceKey(
           {StreamId(kMax), "\0\xff"sv, Idempotence::Kind::kContent,
            "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"sv}))},
      {"idempotence/range_begin", ToHex(ProducerRange(StreamId(300), "till-7").begin)},
      {"idempotence/range_end", ToHex(ProducerRange(StreamId(300), "till-7").end)},
      {"state/key", ToHex(EncodeStateKey(3, "balances", "ann"))},
      {"state/snapshot", ToHex(EncodeStateKey(3, kSnapshotSpace, SnapshotKey(StreamId(258))))},
      {"state/empty", ToHex(EncodeStateKey(0, "", ""))},
      {"state/range_begin", ToHex(StateRange(3, "s", "a\xff", {}).begin)},
      {"state/range_end", ToHex(StateRange(3, "s", "a\xff", {}).end)},
      {"state/range_begin_after", ToHex(StateRange(3, "s", "", "k").begin)},
      {"meta/log_id", ToHex(kMetaLogId)},
      {"meta/next_stream", ToHex(kMetaNextStream)},
      {"meta/last_commit", ToHex(kMetaLastCommit)},
  };
  for (size_t i = 0; i < kFamilies; ++i) {
    keys["family/" + std::to_string(i)] = ToHex(FamilyName(static_cast<Family>(i)));
  }
  keys.merge(GroupKeys());
  EXPECT_EQ(keys, ReadGolden("keys.txt"));
}

TEST(KeyCodecTest, DecodesWhatItEncodes) {
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) {
    const LogLocation location{rng.Skewed(64), static_cast<uint32_t>(rng.Skewed(32))};
    EXPECT_THAT(DecodeLogKey(EncodeLogKey(location).view()), IsOkAndHolds(location));

    const PartitionId partition{StreamId(rng.Skewed(64)), static_cast<uint16_t>(rng.Skewed(16))};
    const EntryId id{rng.Skewed(64), rng.Skewed(64)};
    PartitionId partition_read;
    EntryId id_read;
    ASSERT_OK(DecodeDirKey(EncodeDirKey(partition, id).view(), &partition_read, &id_read));
    EXPECT_EQ(partition_read, partition);
    EXPECT_EQ(id_read, id);

    EXPECT_THAT(DecodeCatalogKey(EncodeCatalogKey(partition.stream).view()),
                IsOkAndHolds(partition.stream));

    const GroupId group{StreamId(rng.Skewed(64)), GroupNumber(rng.Skewed(64))};
    EXPECT_THAT(DecodeGroupKey(EncodeGroupKey(group).view()), IsOkAndHolds(group));
    GroupId group_read;
    uint16_t number_read;
    uint64_t block_read;
    ASSERT_OK(DecodePendingKey(EncodePendingKey(group, 5, id.ms).view(), &group_read, &number_read,
                               &block_read));
    EXPECT_EQ(group_read, group);
    EXPECT_EQ(number_read, 5);
    EXPECT_EQ(block_read, id.ms);
    ASSERT_OK(DecodeJournalKey(EncodeJournalKey(group, 1023).view(), &group_read, &number_read));
    EXPECT_EQ(group_read, group);
    EXPECT_EQ(number_read, 1023);

    const std::string name = rng.Bytes(1 + rng.Below(20));
    uint8_t database;
    std::string_view name_read;
    const std::string key = EncodeNameKey(static_cast<uint8_t>(i), name);
    ASSERT_OK(DecodeNameKey(key, &database, &name_read));
    EXPECT_EQ(database, static_cast<uint8_t>(i));
    EXPECT_EQ(name_read, name);
  }
}

TEST(KeyCodecTest, EveryOtherSizeIsDataLoss) {
  const auto lost = StatusIs(absl::StatusCode::kDataLoss);
  PartitionId partition;
  EntryId id;
  uint8_t database;
  std::string_view name;
  GroupId group;
  uint16_t number;
  uint64_t block;
  for (size_t size = 0; size <= 64; ++size) {
    const std::string key(size, '\x01');
    EXPECT_EQ(DecodeGroupKey(key).ok(), size == 16) << size;
    EXPECT_EQ(DecodePendingKey(key, &group, &number, &block).ok(), size == 26) << size;
    EXPECT_EQ(DecodeJournalKey(key, &group, &number).ok(), size == 18) << size;
    if (size != 12) {
      EXPECT_THAT(DecodeLogKey(key), lost) << size;
    }
    if (size != 26) {
      EXPECT_THAT(DecodeDirKey(key, &partition, &id), lost) << size;
    }
    if (size != 8) {
      EXPECT_THAT(DecodeCatalogKey(key), lost) << size;
    }
    if (size < 2) {
      EXPECT_THAT(DecodeNameKey(key, &database, &name), lost) << size;
    } else {
      EXPECT_OK(DecodeNameKey(key, &database, &name)) << size;
    }
  }
}

// Numbers near each other and near the places where a byte carries over.
uint64_t Edgy(Rng& rng) {
  const uint64_t edge = uint64_t{1} << rng.Below(64);
  return edge + rng.Below(3) - 1;
}

TEST(KeyCodecTest, KeysSortAsTheirNumbers) {
  Rng rng(2);
  std::vector<std::pair<LogLocation, std::string>> log;
  std::vector<std::pair<std::tuple<PartitionId, EntryId>, std::string>> dir;
  for (int i = 0; i < 2000; ++i) {
    const LogLocation location{Edgy(rng), static_cast<uint32_t>(Edgy(rng))};
    log.emplace_back(location, EncodeLogKey(location).view());
    const PartitionId partition{StreamId(Edgy(rng)), static_cast<uint16_t>(Edgy(rng))};
    const EntryId id{Edgy(rng), Edgy(rng)};
    dir.emplace_back(std::tuple(partition, id), EncodeDirKey(partition, id).view());
  }
  std::sort(log.begin(), log.end());
  std::sort(dir.begin(), dir.end());
  EXPECT_TRUE(
      std::is_sorted(log.begin(), log.end(), [](auto& a, auto& b) { return a.second < b.second; }));
  EXPECT_TRUE(
      std::is_sorted(dir.begin(), dir.end(), [](auto& a, auto& b) { return a.second < b.second; }));
}

TEST(KeyCodecTest, IdempotenceKeysAreReadAsWritten) {
  Rng rng(3);
  for (int i = 0; i < 1000; ++i) {
    const std::string producer = rng.Bytes(1 + rng.Below(20)), id = rng.Bytes(1 + rng.Below(20));
    const auto kind = static_cast<Idempotence::Kind>(rng.Between(1, 3));
    const bool has_id = kind != Idempotence::Kind::kSequence;
    const std::string key = EncodeIdempotenceKey(
        {StreamId(rng.Skewed(64)), producer, kind, has_id ? id : std::string_view()});
    ASSERT_OK_AND_ASSIGN(const IdempotenceKey read, DecodeIdempotenceKey(key));
    EXPECT_EQ(read.producer, producer);
    EXPECT_EQ(read.kind, kind);
    EXPECT_EQ(read.id, has_id ? id : "");
    EXPECT_EQ(EncodeIdempotenceKey(read), key);
    const KeyRange range = ProducerRange(read.stream, producer);
    EXPECT_TRUE(range.begin <= key && key < range.end);
    const KeyRange other = ProducerRange(read.stream, producer + "x");
    EXPECT_FALSE(other.begin <= key && key < other.end);
  }
}

TEST(KeyCodecTest, IdempotenceKeysThatCannotBe) {
  const auto lost = StatusIs(absl::StatusCode::kDataLoss);
  const std::string stream(8, '\0');
  for (const std::string& rest : {""s, "\0"s, "\0\0"s, "\0\0\1"s, "\0\1p"s, "\0\2p\1"s, "\0\1p\1x"s,
                                  "\0\1p\2"s, "\0\1p\3"s, "\0\1p\0x"s, "\0\1p\4x"s}) {
    EXPECT_THAT(DecodeIdempotenceKey(stream + rest), lost) << ToHex(rest);
  }
}

bool Holds(const KeyRange& range, std::string_view key) {
  return range.begin <= key && key < range.end;
}

TEST(KeyCodecTest, ADirRangeIsOnePartition) {
  for (const uint64_t stream : {uint64_t{1}, uint64_t{255}, uint64_t{256}, kMax}) {
    for (const uint16_t partition : {0, 1, 255, 256, 1022, 1023}) {
      const KeyRange range = DirRange({StreamId(stream), partition});
      for (const EntryId id : {EntryId::Min(), EntryId{1, 1}, EntryId::Max()}) {
        EXPECT_TRUE(Holds(range, EncodeDirKey({StreamId(stream), partition}, id).view()));
        const auto above = static_cast<uint16_t>(partition + 1);
        EXPECT_FALSE(Holds(range, EncodeDirKey({StreamId(stream), above}, id).view()));
        if (partition != 0) {
          const auto below = static_cast<uint16_t>(partition - 1);
          EXPECT_FALSE(Holds(range, EncodeDirKey({StreamId(stream), below}, id).view()));
        }
        EXPECT_FALSE(Holds(range, EncodeDirKey({StreamId(stream - 1), partition}, id).view()));
        if (stream != kMax) {
          EXPECT_FALSE(Holds(range, EncodeDirKey({StreamId(stream + 1), partition}, id).view()));
        }
      }
    }
  }
}

TEST(KeyCodecTest, ANameRangeIsOneDatabaseAboveAName) {
  for (uint8_t database = 0; database < 16; ++database) {
    const KeyRange all = NameRange(database, "");
    for (const std::string& name : {"\0"s, "a"s, "\xff\xff"s}) {
      EXPECT_TRUE(Holds(all, EncodeNameKey(database, name)));
      EXPECT_FALSE(Holds(all, EncodeNameKey(static_cast<uint8_t>(database + 1), name)));
      EXPECT_FALSE(Holds(all, EncodeNameKey(static_cast<uint8_t>(database - 1), name)));
    }
    const KeyRange above = NameRange(database, "b");
    EXPECT_FALSE(Holds(above, EncodeNameKey(database, "a")));
    EXPECT_FALSE(Holds(above, EncodeNameKey(database, "b")));
    EXPECT_TRUE(Holds(above, EncodeNameKey(database, "b\0"s)));  // the very next name
    EXPECT_TRUE(Holds(above, EncodeNameKey(database, "c")));
  }
}

TEST(KeyCodecTest, RouteKeysRoundTripAndRefuseWhatCannotBe) {
  for (const RouteKey& key : {RouteKey{15, "a*\0\xff"s, "stream"}, RouteKey{0, "", "s"}}) {
    EXPECT_THAT(DecodeRouteKey(EncodeRouteKey(key)), IsOkAndHolds(key));
    EXPECT_TRUE(Holds(RouteRange(key.database), EncodeRouteKey(key)));
  }
  // Too short, a pattern past the end, no stream.
  for (const std::string& key : {"\3\0"s, "\3\0\4abc"s, "\3\0\3abc"s}) {
    EXPECT_THAT(DecodeRouteKey(key), StatusIs(absl::StatusCode::kDataLoss));
  }
}

}  // namespace
}  // namespace evlog
