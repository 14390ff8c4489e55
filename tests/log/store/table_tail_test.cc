#include "log/store/table_tail.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <string>

#include "tests/log/store/wal_fixture.h"

namespace evlog {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

class TableTailTest : public WalFixture {
 protected:
  TableTailTest() {
    files_ = Make([](MarkedDb& db) {
      WriteCommits(db, 20);
      ASSERT_TRUE(db.Flush().ok());
    });
    for (const auto& [name, bytes] : files_) {
      if (name.ends_with(".sst")) name_ = name;
    }
  }

  std::string& table() { return files_.at(name_); }
  std::string path() const { return std::string(kDir) + "/" + name_; }
  absl::StatusOr<std::optional<std::string>> Check() {
    Load(files_);
    return CheckTableTail(memory(), path());
  }

  Files files_;
  std::string name_;
};

TEST_F(TableTailTest, WhatRocksDbWritesIsWhole) {
  EXPECT_THAT(Check(), IsOkAndHolds(std::nullopt));
}

TEST_F(TableTailTest, WhatIsMissingIsNotLookedAt) {
  EXPECT_THAT(CheckTableTail(*rocksdb::FileSystem::Default(), dir_ + "/000099.sst"),
              IsOkAndHolds(std::nullopt));
}

TEST_F(TableTailTest, EachByteOfThePropertiesCounts) {
  const std::string whole = table();
  const std::string_view end = std::string_view(whole).substr(whole.size() - kTableFooterBytes);
  const std::optional<TableFooter> footer = DecodeTableFooter(end);
  ASSERT_TRUE(footer.has_value());
  const TableBlock& list = footer->meta_index;
  const auto properties =
      FindMetaBlock(std::string_view(whole).substr(list.offset, list.size), "rocksdb.properties");
  ASSERT_TRUE(properties.has_value());
  for (const TableBlock& block : {*properties, list}) {
    for (uint64_t at = 0; at < block.size + kTableBlockTrailerBytes; ++at) {
      table() = whole;
      table()[block.offset + at] ^= 1;
      EXPECT_THAT(Check(), IsOkAndHolds(Optional(HasSubstr(path() + " is damaged")))) << at;
    }
  }
}

// The kind of the checksum, where the list is, the version and the magic number; not where the
// index is, nor what fills up behind it.
TEST_F(TableTailTest, TheFooterIsOne) {
  const std::string whole = table();
  const size_t footer = whole.size() - kTableFooterBytes;
  for (const size_t at : {footer, footer + 1, footer + 3, whole.size() - 12, whole.size() - 1}) {
    table() = whole;
    table()[at] ^= 1;
    EXPECT_THAT(Check(), IsOkAndHolds(Optional(HasSubstr(path() + " is damaged")))) << at;
  }
  table() = whole.substr(0, kTableFooterBytes - 1);
  EXPECT_THAT(Check(), IsOkAndHolds(Optional(HasSubstr("has only 52 bytes"))));
  table() = std::string(whole.size(), '\0');
  EXPECT_THAT(Check(), IsOkAndHolds(Optional(HasSubstr("the footer is none of a table"))));
}

// What makes Debian's RocksDB end the process: as many buckets of a hash index as there are not.
TEST_F(TableTailTest, AHashIndexOfNoBucketsIsNotLeftToRocksDb) {
  const std::string whole = table();
  const TableFooter footer =
      *DecodeTableFooter(std::string_view(whole).substr(whole.size() - kTableFooterBytes));
  const TableBlock properties = *FindMetaBlock(
      std::string_view(whole).substr(footer.meta_index.offset, footer.meta_index.size),
      "rocksdb.properties");
  const size_t end = properties.offset + properties.size;
  std::memset(table().data() + end - 6, 0, 2);
  table()[end - 1] = static_cast<char>(0x80);
  EXPECT_THAT(Check(), IsOkAndHolds(Optional(HasSubstr("its properties do not match"))));
}

TEST(FindMetaBlockTest, SharedKeysAndNonsense) {
  // Of each entry: bytes shared with the key before it, its own, those of the value.
  const std::string entries = std::string("\0\4\2abcd\7\11", 9) + std::string("\2\1\2x\3\5", 6);
  const std::string restarts("\0\0\0\0\1\0\0\0", 8);
  EXPECT_EQ(FindMetaBlock(entries + restarts, "abcd"), (TableBlock{7, 9}));
  EXPECT_EQ(FindMetaBlock(entries + restarts, "abx"), (TableBlock{3, 5}));
  EXPECT_EQ(FindMetaBlock(entries + restarts, "ab"), std::nullopt);
  EXPECT_EQ(FindMetaBlock("", "ab"), std::nullopt);
  EXPECT_EQ(FindMetaBlock(std::string(4, '\xff'), "ab"), std::nullopt);
  EXPECT_EQ(FindMetaBlock(std::string("\5\1\2x\3\5", 6) + restarts, "x"), std::nullopt);
  EXPECT_EQ(FindMetaBlock(std::string("\0\1\x60x\3\5", 6) + restarts, "x"), std::nullopt);
}

}  // namespace
}  // namespace evlog
