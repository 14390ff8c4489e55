#include "log/commit_builder.h"

#include <utility>

#include "log/base/bytes.h"
#include "log/row_codec.h"

namespace evlog {

namespace {

// Past this many, memory for partitions of one commit is given back after it.
constexpr size_t kBuildersKept = 1024;

}  // namespace

void CommitBuilder::Build(const CommitMark& mark, const RequestList& requests) {
  commit_ = mark.commit;
  slot_ = 0;
  builders_used_ = 0;
  written_.clear();
  removed_.clear();
  has_rows_ = false;
  batch_.Begin(mark);
  bool has_entries = false;
  for (Request* request = requests.front(); request != nullptr; request = request->next) {
    request->ForEachOp([&](StreamOp* op) {
      if (!op->parts.empty()) {
        Collect(op);
        has_entries = true;
      }
      if (op->extras == nullptr) return;
      PutRemovals(*op);
      if (op->extras->idempotence) PutOriginal(*op->extras->idempotence);
    });
    if (request->growing != nullptr) request->rows.push_back(request->growing->Finish());
    for (const Row& row : request->rows) {
      if (row.value) {
        batch_.Put(row.family, row.key, *row.value);
      } else {
        batch_.Delete(row.family, row.key);
      }
      has_rows_ = true;
    }
  }
  for (uint32_t i = 0; i < builders_used_; ++i) EmitPartition(builders_[i]);
  if (has_rows_ && (!has_entries || !removed_.empty())) {
    // Without a row in `log`, or with one that may be gone once it is trimmed, the commit's number
    // must stand somewhere, or it would be given twice.
    scratch_.clear();
    AppendVarint(&scratch_, commit_);
    batch_.Put(Family::kMeta, kMetaLastCommit, scratch_);
  }
  has_rows_ |= has_entries;
  if (builders_.size() > kBuildersKept) builders_.resize(kBuildersKept);
}

void CommitBuilder::PutRemovals(const StreamOp& op) {
  for (const auto& [partition, changed] : op.extras->records) {
    TrimRecord record = changed;
    record.commit = commit_;
    scratch_.clear();
    EncodeTrimRecord(record, &scratch_);
    batch_.Put(Family::kTrims, EncodeTrimKey(op.stream->partition_id(partition)).view(), scratch_);
    removed_.push_back(
        {&op.stream, partition, {record.first_offset, record.near, record.max_deleted_id}, false});
    has_rows_ = true;
  }
  if (op.extras->drop) {
    scratch_.clear();
    EncodeDroppedMark(commit_, &scratch_);
    batch_.Put(Family::kTrims, EncodeTrimKey({op.stream->id(), kDroppedMark}).view(), scratch_);
    removed_.push_back({&op.stream, 0, {}, true});
    has_rows_ = true;
  }
}

void CommitBuilder::PutOriginal(const IdempotentAppend& append) {
  if (append.duplicate) return;
  IdempotenceRecord record = append.original->record;
  record.commit = commit_;
  scratch_.clear();
  EncodeIdempotenceRecord(record, &scratch_);
  batch_.Put(Family::kIdempotence, append.window->KeyOf(append.ask), scratch_);
}

void CommitBuilder::Collect(StreamOp* op) {
  for (RequestPart& part : op->parts) {
    StreamState::Scratch& scratch = op->stream->scratch(part.partition);
    if (scratch.commit != commit_) {
      scratch.commit = commit_;
      scratch.builder = builders_used_++;
      if (builders_.size() < builders_used_) builders_.emplace_back();
      builders_[scratch.builder].clear();
    }
    builders_[scratch.builder].push_back({op, &part});
  }
}

void CommitBuilder::EmitPartition(const std::vector<PartOf>& parts) {
  const PartOf* begin = parts.data();
  const PartOf* const end = begin + parts.size();
  while (begin != end) {
    size_t bytes = begin->part->entries.size();
    const PartOf* next = begin + 1;
    while (next != end && bytes + next->part->entries.size() <= kChunkBytesTarget) {
      bytes += next->part->entries.size();
      ++next;
    }
    EmitChunk(begin, next);
    begin = next;
  }
}

void CommitBuilder::EmitChunk(const PartOf* begin, const PartOf* end) {
  const std::shared_ptr<StreamState>& stream = begin->op->stream;
  ChunkHeader header;
  header.partition = stream->partition_id(begin->part->partition);
  header.partitioned_ids = stream->partitioned_ids();
  header.base_offset = begin->part->base_offset;
  header.base_bytes = begin->part->base_bytes;
  header.count = begin->part->count;
  header.ids = begin->op->IdsOf(*begin->part);
  ChunkBuffer entries;
  if (end - begin == 1) {
    entries = std::move(begin->part->entries);
  } else {
    size_t bytes = 0;
    for (const PartOf* p = begin; p != end; ++p) bytes += p->part->entries.size();
    entries = ChunkBuffer(bytes);
    entries.Append(begin->part->entries.entries());
    for (const PartOf* p = begin + 1; p != end; ++p) {
      entries.Append(p->part->entries.entries());
      header.count += p->part->count;
      for (const IdRun& run : p->op->IdsOf(*p->part)) AppendRun(&header.ids, run);
    }
  }
  ChunkRef chunk = std::move(entries).Seal(std::move(header));
  PutRows(*chunk);
  written_.push_back({&stream, std::move(chunk)});
}

void CommitBuilder::PutRows(const Chunk& chunk) {
  const ChunkHeader& header = chunk.header();
  const LogLocation location{commit_, slot_++};
  const LogKey log_key = EncodeLogKey(location);
  const DirKey dir_key = EncodeDirKey(header.partition, header.first_id());
  scratch_.clear();
  if (chunk.bytes().size() < kInlineBytesMax) {
    EncodeDirReference(header, &scratch_);
    batch_.Put(Family::kLog, log_key.view(), scratch_);
    batch_.Put(Family::kDir, dir_key.view(), chunk.bytes());
  } else {
    EncodeLogReference(header, location, chunk.entries().size(), &scratch_);
    batch_.Put(Family::kLog, log_key.view(), chunk.bytes());
    batch_.Put(Family::kDir, dir_key.view(), scratch_);
  }
}

}  // namespace evlog
