#include "log/store/commit_mark.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "rocksdb/write_batch.h"
#include "tests/support/hex.h"

namespace evlog {
namespace {

using ::testing::Eq;
using ::testing::Optional;

struct Golden {
  CommitMark mark;
  std::string hex;
};

const Golden kGolden[] = {
    {{MarkKind::kCommit, 1, 0}, "e701|0100000000000000|0000000000000000"},
    {{MarkKind::kCommit, 0x0102030405060708, 0x0102030405060707},
     "e701|0807060504030201|0707060504030201"},
    {{MarkKind::kCommit, UINT64_MAX, 7}, "e701|ffffffffffffffff|0700000000000000"},
    {{MarkKind::kWatermark, 0, 0}, "e702|0000000000000000|0000000000000000"},
    {{MarkKind::kWatermark, 300, 300}, "e702|2c01000000000000|2c01000000000000"},
};

TEST(CommitMarkTest, GoldenBytes) {
  for (const Golden& golden : kGolden) {
    EXPECT_EQ(ToHex(EncodedCommitMark(golden.mark).bytes()), ToHex(FromHex(golden.hex)));
    EXPECT_THAT(DecodeCommitMark(FromHex(golden.hex)), Optional(golden.mark)) << golden.hex;
  }
}

TEST(CommitMarkTest, WhatIsNoMark) {
  const std::string no_marks[] = {
      "",
      "e7",
      "e701|0100000000000000|00000000000000",      // a byte short
      "e701|0100000000000000|000000000000000000",  // a byte long
      "e601|0100000000000000|0000000000000000",    // other magic
      "e700|0100000000000000|0000000000000000",    // other kinds
      "e703|0100000000000000|0000000000000000",
      "e701|0500000000000000|0500000000000000",  // says of itself that it is on disk
      "e702|0500000000000000|0600000000000000",  // says so of a commit that does not exist
  };
  for (const std::string& hex : no_marks)
    EXPECT_EQ(DecodeCommitMark(FromHex(hex)), std::nullopt) << hex;
}

TEST(CommitMarkTest, StandsAtTheHeadOfABatch) {
  const CommitMark mark{MarkKind::kCommit, 12, 9};
  rocksdb::WriteBatch batch;
  const EncodedCommitMark encoded(mark);
  ASSERT_TRUE(batch.PutLogData({encoded.bytes().data(), encoded.bytes().size()}).ok());
  ASSERT_TRUE(batch.Put("key", std::string(1000, 'v')).ok());
  ASSERT_TRUE(batch.Delete("key").ok());

  const auto head = DecodeBatchHead(std::string_view(batch.Data()).substr(0, kBatchHeadBytes));
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->sequence, 0U);  // RocksDB sets it when it writes
  EXPECT_EQ(head->count, 2U);
  EXPECT_THAT(head->mark, Optional(mark));
}

TEST(CommitMarkTest, BatchesWithoutAMark) {
  const std::string header = "0500000000000000|01000000|";
  for (const std::string& hex :
       {header, header + "0303616263", header + "01036b657903616263", header + "0312e701"}) {
    const auto head = DecodeBatchHead(FromHex(hex));
    ASSERT_TRUE(head.has_value()) << hex;
    EXPECT_EQ(head->sequence, 5U);
    EXPECT_EQ(head->count, 1U);
    EXPECT_EQ(head->mark, std::nullopt) << hex;
    EXPECT_FALSE(head->malformed_mark) << hex;
  }
  const auto malformed =
      DecodeBatchHead(FromHex(header + "0312e70105000000000000000500000000000000"));
  EXPECT_EQ(malformed->mark, std::nullopt);
  EXPECT_TRUE(malformed->malformed_mark);
  EXPECT_FALSE(DecodeBatchHead(FromHex("0500000000000000|010000")).has_value());
}

}  // namespace
}  // namespace evlog
