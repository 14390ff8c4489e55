#include "log/store/wal_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/rng.h"
#include "tests/support/status_matchers.h"
#include "tests/support/string_file.h"
#include "tests/support/wal_bytes.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr size_t kHead = 16;

// One event in a line: "record 0 3 abc", "damage 39 <problem>", "zeros 12", "end 40".
std::string Describe(const WalEvent& event) {
  switch (event.kind) {
    case WalEvent::Kind::kRecord:
      return fmt::format("record {} {} {}", event.offset, event.length, std::string(event.head));
    case WalEvent::Kind::kDamage:
      return fmt::format("damage {} {}{}", event.offset, event.problem,
                         event.cut_short ? ", cut short" : "");
    case WalEvent::Kind::kZeroTail:
      return fmt::format("zeros {}", event.offset);
    case WalEvent::Kind::kEnd:
      return fmt::format("end {}", event.offset);
  }
  return "unknown";
}

std::vector<std::string> ReadAll(const std::string& bytes, size_t read_bytes_max = SIZE_MAX) {
  WalReader reader(std::make_unique<StringFile>(bytes, read_bytes_max), kHead);
  std::vector<std::string> events;
  while (true) {
    const auto event = reader.Next();
    if (!event.ok()) {
      events.push_back(MessageOf(event.status()));
      return events;
    }
    events.push_back(Describe(*event));
    if (event->kind == WalEvent::Kind::kEnd) return events;
  }
}

// Three records of 3 bytes, at 0, 10 and 20.
WalBytes Three() {
  WalBytes wal;
  for (const char* record : {"abc", "def", "ghi"}) wal.Add(record);
  return wal;
}

TEST(WalReaderTest, EmptyFile) { EXPECT_THAT(ReadAll(""), ElementsAre("end 0")); }

TEST(WalReaderTest, RecordsWithTheirOffsets) {
  EXPECT_THAT(ReadAll(Three().bytes()),
              ElementsAre("record 0 3 abc", "record 10 3 def", "record 20 3 ghi", "end 30"));
}

TEST(WalReaderTest, ShortReadsChangeNothing) {
  EXPECT_EQ(ReadAll(Three().bytes(), 1), ReadAll(Three().bytes()));
}

// Every way in which a record can meet the end of a block.
TEST(WalReaderTest, RecordsAcrossBlocks) {
  for (size_t size = kWalBlockBytes - 32; size <= kWalBlockBytes + 8; ++size) {
    WalBytes wal;
    wal.Add(std::string(size, 'x'));
    const uint64_t second = wal.Add("second");
    const uint64_t third = wal.Add("");
    EXPECT_THAT(ReadAll(wal.bytes()),
                ElementsAre(fmt::format("record 0 {} xxxxxxxxxxxxxxxx", size),
                            fmt::format("record {} 6 second", second),
                            fmt::format("record {} 0 ", third), fmt::format("end {}", wal.size())));
  }
}

TEST(WalReaderTest, HeadIsPutTogetherFromFragments) {
  WalBytes wal;
  wal.Add(std::string(kWalBlockBytes - 2 * kWalHeaderBytes - 4, 'x'));  // leaves room for 4 bytes
  const uint64_t offset = wal.Add("0123456789abcdefghijkl");
  EXPECT_EQ(ReadAll(wal.bytes())[1], fmt::format("record {} 22 0123456789abcdef", offset));
}

TEST(WalReaderTest, LargeRecord) {
  WalBytes wal;
  wal.Add(std::string(200 << 10, 'y'));
  const uint64_t second = wal.Add("z");
  EXPECT_THAT(ReadAll(wal.bytes()),
              ElementsAre("record 0 204800 yyyyyyyyyyyyyyyy", fmt::format("record {} 1 z", second),
                          fmt::format("end {}", wal.size())));
}

TEST(WalReaderTest, CutAtARecordIsAnEnd) {
  EXPECT_THAT(ReadAll(Three().bytes().substr(0, 20)),
              ElementsAre("record 0 3 abc", "record 10 3 def", "end 20"));
}

TEST(WalReaderTest, CutWithinARecord) {
  for (size_t size = 21; size < 30; ++size) {
    const char* where = size < 27 ? "the header of a record" : "a record";
    EXPECT_THAT(ReadAll(Three().bytes().substr(0, size)),
                ElementsAre("record 0 3 abc", "record 10 3 def",
                            fmt::format("damage 20 the file ends within {}, cut short", where),
                            fmt::format("end {}", size)));
  }
}

TEST(WalReaderTest, CutBetweenFragmentsNamesTheBeginningOfTheRecord) {
  WalBytes wal;
  wal.Add("abc");
  wal.Add(std::string(100'000, 'x'));
  EXPECT_THAT(ReadAll(wal.bytes().substr(0, 2 * kWalBlockBytes)),
              ElementsAre("record 0 3 abc",
                          "damage 10 the file ends within a record (at byte 65536), cut short",
                          "end 65536"));
}

TEST(WalReaderTest, FlippedBitInAPayloadCostsOneRecord) {
  WalBytes wal = Three();
  wal.bytes()[18] ^= 1;
  EXPECT_THAT(ReadAll(wal.bytes()),
              ElementsAre("record 0 3 abc", "damage 10 the checksum of the record does not match",
                          "record 20 3 ghi", "end 30"));
}

TEST(WalReaderTest, FlippedBitAnywhereCostsOneRecord) {
  for (size_t at = 0; at < 30; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      WalBytes wal = Three();
      wal.bytes()[at] ^= static_cast<char>(1 << bit);
      const auto events = ReadAll(wal.bytes());
      const size_t record = at / 10;
      ASSERT_EQ(events.size(), 4U) << at;
      EXPECT_THAT(events[record], HasSubstr(fmt::format("damage {} ", 10 * record))) << at;
      for (size_t other = 0; other < 3; ++other) {
        if (other == record) continue;
        EXPECT_THAT(events[other], HasSubstr(fmt::format("record {} ", 10 * other))) << at;
      }
    }
  }
}

TEST(WalReaderTest, ManyDamagedRecordsAreOneEvent) {
  WalBytes wal;
  for (int i = 0; i < 5; ++i) wal.Add("abc");
  for (const size_t at : {11, 25, 38}) wal.bytes()[at] ^= 1;
  EXPECT_THAT(ReadAll(wal.bytes()),
              ElementsAre("record 0 3 abc", "damage 10 the checksum of the record does not match",
                          "record 40 3 abc", "end 50"));
}

TEST(WalReaderTest, FindsWhatLiesBehindAfterABlock) {
  WalBytes wal;
  wal.Add("abc");
  wal.Add(std::string(100'000, 'x'));
  const uint64_t third = wal.Add("third");
  wal.bytes()[kWalBlockBytes + 100] ^= 1;  // in a middle fragment
  EXPECT_THAT(
      ReadAll(wal.bytes()),
      ElementsAre("record 0 3 abc",
                  "damage 10 the checksum of the record does not match (at byte 32768)",
                  fmt::format("record {} 5 third", third), fmt::format("end {}", wal.size())));
}

TEST(WalReaderTest, ZerosToTheEndAreNoDamage) {
  for (const size_t zeros : {size_t{1}, size_t{6}, size_t{7}, size_t{500}, 3 * kWalBlockBytes}) {
    WalBytes wal = Three();
    wal.AddRaw(std::string(zeros, '\0'));
    EXPECT_THAT(ReadAll(wal.bytes()),
                ElementsAre("record 0 3 abc", "record 10 3 def", "record 20 3 ghi", "zeros 30",
                            fmt::format("end {}", 30 + zeros)));
  }
  EXPECT_THAT(ReadAll(std::string(2 * kWalBlockBytes, '\0')), ElementsAre("zeros 0", "end 65536"));
}

TEST(WalReaderTest, ZerosBetweenRecordsAreDamage) {
  for (const size_t zeros : {size_t{7}, size_t{500}, 2 * kWalBlockBytes - 30, 2 * kWalBlockBytes}) {
    WalBytes wal = Three();
    wal.AddRaw(std::string(zeros, '\0'));
    const uint64_t fourth = wal.Add("jkl");
    EXPECT_THAT(
        ReadAll(wal.bytes()),
        ElementsAre("record 0 3 abc", "record 10 3 def", "record 20 3 ghi",
                    "damage 30 zeros where a record should begin",
                    fmt::format("record {} 3 jkl", fourth), fmt::format("end {}", wal.size())));
  }
}

TEST(WalReaderTest, ZeroedHeaderOrBlock) {
  WalBytes wal = Three();
  wal.bytes().replace(10, 7, 7, '\0');
  EXPECT_EQ(ReadAll(wal.bytes())[1], "damage 10 zeros where a record should begin");
  EXPECT_EQ(ReadAll(wal.bytes())[2], "record 20 3 ghi");

  WalBytes blocks;
  for (int i = 0; i < 8; ++i) blocks.Add(std::string(20'000, 'x'));
  blocks.bytes().replace(kWalBlockBytes, kWalBlockBytes, kWalBlockBytes, '\0');
  const auto events = ReadAll(blocks.bytes());
  EXPECT_EQ(events[1], "damage 20007 zeros where a record should begin (at byte 32768)");
  EXPECT_EQ(events[2].substr(0, 12), "record 80042");
}

TEST(WalReaderTest, ZerosWithinARecordAreACut) {
  WalBytes wal;
  wal.Add(std::string(50'000, 'x'));
  std::string bytes = wal.bytes().substr(0, kWalBlockBytes) + std::string(1000, '\0');
  EXPECT_EQ(ReadAll(bytes)[0], "damage 0 the file ends within a record (at byte 33768), cut short");
}

TEST(WalReaderTest, TypesThatWeNeverWriteAreDamage) {
  for (const int type : {5, 6, 7, 8, 9, 255}) {
    WalBytes wal;
    wal.Add("abc");
    wal.AddFragment(type, "def");
    wal.Add("ghi");
    EXPECT_THAT(ReadAll(wal.bytes()),
                ElementsAre("record 0 3 abc", "damage 10 the type of the record is unknown",
                            "record 20 3 ghi", "end 30"));
  }
}

TEST(WalReaderTest, FragmentsOutOfOrder) {
  WalBytes wal;
  wal.AddFragment(4, "rest");   // 0
  wal.AddFragment(1, "abc");    // 11
  wal.AddFragment(2, "begin");  // 21
  wal.AddFragment(1, "def");    // 33
  wal.AddFragment(3, "middle");
  EXPECT_THAT(
      ReadAll(wal.bytes()),
      ElementsAre("damage 0 the record that goes on here has no beginning", "record 11 3 abc",
                  "damage 21 a record begins before the one before it has ended (at byte 33)",
                  "record 33 3 def", "damage 43 the record that goes on here has no beginning",
                  "end 56"));
}

TEST(WalReaderTest, TrailerOfABlockMayHoldAnything) {
  WalBytes wal;
  wal.Add(std::string(kWalBlockBytes - kWalHeaderBytes - 5, 'x'));
  wal.AddRaw("junk!");
  wal.Add("abc");
  EXPECT_EQ(ReadAll(wal.bytes())[1], "record 32768 3 abc");
}

// A log that holds a log: the bytes of a user look like records.
TEST(WalReaderTest, RecordsWithinADamagedPayloadAreNotTaken) {
  WalBytes wal;
  wal.Add(std::string(100, 'x') + Three().bytes() + std::string(100, 'x'));
  const uint64_t second = wal.Add("second");
  wal.bytes()[20] ^= 1;
  EXPECT_THAT(
      ReadAll(wal.bytes()),
      ElementsAre("damage 0 the checksum of the record does not match",
                  fmt::format("record {} 6 second", second), fmt::format("end {}", wal.size())));
}

TEST(WalReaderTest, FailingReadIsAnError) {
  auto file = std::make_unique<StringFile>(std::string(100'000, 'x'));
  file->FailAt(50'000);
  WalReader reader(std::move(file), kHead);
  EXPECT_THAT(reader.Next(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("at byte 50000")));
}

TEST(WalReaderTest, RandomBytesEnd) {
  Rng rng(TestSeed(7));
  for (int round = 0; round < 50; ++round) {
    const auto events = ReadAll(rng.Bytes(rng.Below(100'000)));
    EXPECT_LE(events.size(), 3U);
  }
}

}  // namespace
}  // namespace evlog
