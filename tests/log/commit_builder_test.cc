#include "log/commit_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "log/row_codec.h"
#include "tests/log/chunks.h"
#include "tests/log/requests.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

class CommitBuilderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(store_, Store::Open(temp_.Path("log"), {}, {}));
    store_->Attach(&builder_.batch());
    commit_ = store_->last_commit();
  }

  // Sequences the requests at one time, builds their commit and writes it.
  void Commit(std::vector<std::unique_ptr<Request>>& requests, int64_t ms = 1000) {
    RequestList list;
    for (auto& request : requests) {
      if (request->stream) {
        ASSERT_OK(Sequence(absl::FromUnixMillis(ms), request.get()));
      }
      list.PushBack(request.get());
    }
    builder_.Build({MarkKind::kCommit, ++commit_, 0}, list);
    ASSERT_OK(store_->Write(builder_.batch()));
  }
  void Commit(const std::shared_ptr<StreamState>& stream,
              const std::vector<std::vector<Draft>>& batches) {
    std::vector<std::unique_ptr<Request>> requests;
    for (const std::vector<Draft>& drafts : batches) {
      ASSERT_OK_AND_ASSIGN(requests.emplace_back(), MakeRequest(stream, drafts));
    }
    Commit(requests);
  }

  Rows ReadRows(Family family) {
    Rows rows;
    StoreIterator it = store_->ScanAll(family);
    for (it.SeekToFirst(); it.Valid(); it.Next()) rows.emplace_back(it.key(), it.value());
    EXPECT_OK(it.status());
    return rows;
  }

  // All chunks by partition, read by way of `dir`; checks that `log` and `dir` agree.
  std::vector<ChunkRef> ReadChunks() {
    std::vector<ChunkRef> chunks;
    std::map<LogLocation, std::string> log;
    for (const auto& [key, value] : ReadRows(Family::kLog)) log[*DecodeLogKey(key)] = value;
    for (const auto& [key, value] : ReadRows(Family::kDir)) {
      PartitionId partition;
      EntryId first_id;
      EXPECT_OK(DecodeDirKey(key, &partition, &first_id));
      const bool is_inline = *KindOf(value) == RowKind::kChunk;
      std::string bytes = value;
      LogReference reference;
      if (!is_inline) {
        EXPECT_OK(DecodeLogReference(value, partition.partition, &reference));
        bytes = log[reference.location];
        log.erase(reference.location);
      }
      EXPECT_EQ(is_inline, bytes.size() < kInlineBytesMax);
      absl::StatusOr<ChunkRef> chunk = Chunk::Decode(bytes);
      EXPECT_OK(chunk);
      const ChunkHeader& header = (*chunk)->header();
      if (!is_inline) {
        EXPECT_EQ((*chunk)->entries().size(), reference.bytes);
        EXPECT_EQ(header.base_bytes, reference.base_bytes);
      }
      EXPECT_EQ(header.partition, partition);
      EXPECT_EQ(header.first_id(), first_id);
      chunks.push_back(*std::move(chunk));
    }
    for (const auto& [location, value] : log) {  // what is left refers to inline chunks
      DirReference reference;
      EXPECT_OK(DecodeDirReference(value, &reference));
      EXPECT_TRUE(std::any_of(chunks.begin(), chunks.end(), [&](const ChunkRef& chunk) {
        const ChunkHeader& header = chunk->header();
        return header.partition == reference.partition && header.first_id() == reference.first_id &&
               header.base_offset == reference.base_offset && header.count == reference.count;
      }));
    }
    EXPECT_EQ(ReadRows(Family::kLog).size(), chunks.size());
    return chunks;
  }

  std::optional<std::string> LastCommitRow() {
    absl::StatusOr<std::optional<std::string>> row = store_->Get(Family::kMeta, kMetaLastCommit);
    EXPECT_OK(row);
    return *row;
  }

  const TempDir temp_;
  std::unique_ptr<Store> store_;
  CommitBuilder builder_;
  uint64_t commit_ = 0;
};

TEST_F(CommitBuilderTest, SmallChunksAreInlineAndLargeOnesAreReferredTo) {
  int at_the_bound = 0;
  for (size_t size = kInlineBytesMax - 40; size <= kInlineBytesMax + 4; ++size) {
    const auto stream = MakeStream(1, Durability::kOs, size);
    Commit(stream, {Values({std::string(size, 'v')})});
    const size_t bytes = builder_.written().front().chunk->bytes().size();
    at_the_bound += bytes == kInlineBytesMax || bytes == kInlineBytesMax - 1;
    StoreIterator it = store_->Scan(Family::kDir, DirRange(stream->partition_id(0)));
    it.SeekToFirst();
    ASSERT_TRUE(it.Valid());
    EXPECT_THAT(KindOf(it.value()),
                IsOkAndHolds(bytes < 1024 ? RowKind::kChunk : RowKind::kReference));
  }
  EXPECT_EQ(at_the_bound, 2);
  ReadChunks();
}

TEST_F(CommitBuilderTest, RequestsOfOnePartitionShareChunks) {
  const auto stream = MakeStream();
  std::vector<std::vector<Draft>> batches;
  for (int i = 0; i < 300; ++i) batches.push_back(Values({std::string(1000, 'v'), "w"}));
  Commit(stream, batches);
  const std::vector<ChunkRef> chunks = ReadChunks();
  ASSERT_GT(chunks.size(), 4u);
  const size_t request_bytes =
      EncodedEntry({{"v", std::string(1000, 'v')}}).size() + EncodedEntry({{"v", "w"}}).size();
  uint64_t offset = 0;
  for (const ChunkRef& chunk : chunks) {
    EXPECT_EQ(chunk->header().base_offset, offset);
    EXPECT_EQ(chunk->header().ids.size(), 1u);  // one run, over all requests
    offset += chunk->count();
    EXPECT_LE(chunk->entries().size(), kChunkBytesTarget);
    if (chunk.get() != chunks.back().get()) {  // and as full as can be
      EXPECT_GT(chunk->entries().size() + request_bytes, kChunkBytesTarget);
    }
  }
  EXPECT_EQ(offset, 600u);
}

TEST_F(CommitBuilderTest, ALargeEntryIsAChunkOfItsOwn) {
  const auto stream = MakeStream();
  const std::string large(3 * kChunkBytesTarget, 'x');
  Commit(stream, {Values({"a"}), Values({large}), Values({"b", large, "c"}), Values({"d"})});
  std::vector<std::vector<std::string>> values;
  for (const ChunkRef& chunk : ReadChunks()) {
    values.emplace_back();
    for (const OwnedEntry& entry : Walk(chunk)) {
      const std::string& value = entry.fields[0].second;
      values.back().push_back(value.size() > 1 ? "large" : value);
    }
  }
  EXPECT_EQ(values, (std::vector<std::vector<std::string>>{
                        {"a"}, {"large"}, {"b"}, {"large"}, {"c", "d"}}));
}

TEST_F(CommitBuilderTest, StreamsAndPartitionsInterleaved) {
  const auto one = MakeStream(1, Durability::kOs, 1);
  const auto many = MakeStream(1024, Durability::kOs, 2);
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<Request>> requests;
    for (int i = 0; i < 2000; ++i) {
      ASSERT_OK_AND_ASSIGN(requests.emplace_back(),
                           MakeRequest(i % 2 != 0 ? one : many, Values({std::to_string(i)})));
    }
    std::vector<Draft> keyed;
    for (int i = 0; i < 2000; ++i) keyed.push_back({"k", "key" + std::to_string(i), {}});
    ASSERT_OK_AND_ASSIGN(requests.emplace_back(), MakeRequest(many, keyed));
    Commit(requests, 1000 + round);
  }
  std::map<PartitionId, uint64_t> next;
  std::map<PartitionId, EntryId> last;
  uint64_t entries = 0;
  for (const ChunkRef& chunk : ReadChunks()) {
    const PartitionId partition = chunk->header().partition;
    EXPECT_EQ(chunk->header().base_offset, next[partition]);
    EXPECT_GT(chunk->header().first_id(), last[partition]);
    next[partition] = chunk->header().next_offset();
    last[partition] = chunk->header().last_id();
    entries += Walk(chunk).size();
  }
  EXPECT_EQ(entries, 3 * 4000u);
  EXPECT_EQ(next.size(), 1u + 1024u);
  EXPECT_EQ(next[one->partition_id(0)], 3000u);
}

TEST_F(CommitBuilderTest, EverySlotOfACommitIsUsed) {
  const auto stream = MakeStream(4);
  std::vector<Draft> keyed;
  for (int i = 0; i < 100; ++i) keyed.push_back({"k", "key" + std::to_string(i), {}});
  Commit(stream, {keyed});
  uint32_t slot = 0;
  for (const auto& [key, value] : ReadRows(Family::kLog)) {
    EXPECT_THAT(DecodeLogKey(key), IsOkAndHolds(LogLocation{commit_, slot++}));
  }
  EXPECT_EQ(slot, 4u);
}

TEST_F(CommitBuilderTest, ACommitWithoutLogRowsLeavesItsNumber) {
  const std::optional<std::string> first = LastCommitRow();
  ASSERT_TRUE(first);  // of the commit that named the log
  EXPECT_EQ(*first, "\x01");

  std::vector<std::unique_ptr<Request>> rows(1);
  rows[0] = std::make_unique<Request>();
  rows[0]->rows.push_back({Family::kState, "key", "value"});
  Commit(rows);
  EXPECT_TRUE(builder_.has_rows());
  EXPECT_EQ(LastCommitRow(), "\x02");
  EXPECT_THAT(store_->Get(Family::kState, "key"), IsOkAndHolds("value"));

  // With a row in `log` it need not.
  ASSERT_OK_AND_ASSIGN(auto append, MakeRequest(MakeStream(), Values({"a"})));
  append->rows.push_back({Family::kState, "key", "other"});
  std::vector<std::unique_ptr<Request>> both;
  both.push_back(std::move(append));
  Commit(both);
  EXPECT_EQ(LastCommitRow(), "\x02");
  EXPECT_THAT(store_->Get(Family::kState, "key"), IsOkAndHolds("other"));
}

TEST_F(CommitBuilderTest, AWaitForTheDiskAloneWritesNothing) {
  Request wait;
  RequestList list;
  list.PushBack(&wait);
  builder_.Build({MarkKind::kCommit, 2, 0}, list);
  EXPECT_FALSE(builder_.has_rows());
  EXPECT_TRUE(builder_.written().empty());
}

TEST_F(CommitBuilderTest, RunsTooManyForAReferenceAreLeftOut) {
  const auto stream = MakeStream();
  std::vector<Draft> drafts;
  for (uint64_t i = 1; i <= 100; ++i)
    drafts.push_back({std::string(20, 'v'), {}, EntryId{i * i, i}});
  Commit(stream, {drafts});
  const Rows rows = ReadRows(Family::kDir);
  ASSERT_EQ(rows.size(), 1u);
  LogReference reference;
  ASSERT_OK(DecodeLogReference(rows[0].second, 0, &reference));
  EXPECT_TRUE(reference.ids.empty());
  EXPECT_EQ(reference.count, 100u);
  EXPECT_EQ(reference.last_id, (EntryId{10000, 100}));
  EXPECT_LT(rows[0].second.size(), 40u);
  EXPECT_EQ(ReadChunks().front()->header().ids.size(), 100u);
}

}  // namespace
}  // namespace evlog
