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
  has_rows_ = false;
  batch_.Begin(mark);
  bool only_metadata = true;
  for (Request* request = requests.front(); request != nullptr; request = request->next) {
    if (!request->parts.empty()) {
      Collect(request);
      only_metadata = false;
    }
    for (const Row& row : request->rows) {
      batch_.Put(row.family, row.key, row.value);
      has_rows_ = true;
    }
  }
  for (uint32_t i = 0; i < builders_used_; ++i) EmitPartition(builders_[i]);
  if (has_rows_ && only_metadata) {
    // Without a row in `log` the commit's number must stand somewhere, or it would be given twice.
    scratch_.clear();
    AppendVarint(&scratch_, commit_);
    batch_.Put(Family::kMeta, kMetaLastCommit, scratch_);
  }
  has_rows_ |= !only_metadata;
  if (builders_.size() > kBuildersKept) builders_.resize(kBuildersKept);
}

void CommitBuilder::Collect(Request* request) {
  for (RequestPart& part : request->parts) {
    StreamState::Scratch& scratch = request->stream->scratch(part.partition);
    if (scratch.commit != commit_) {
      scratch.commit = commit_;
      scratch.builder = builders_used_++;
      if (builders_.size() < builders_used_) builders_.emplace_back();
      builders_[scratch.builder].clear();
    }
    builders_[scratch.builder].push_back({request, &part});
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
  const std::shared_ptr<StreamState>& stream = begin->request->stream;
  ChunkHeader header;
  header.partition = stream->partition_id(begin->part->partition);
  header.partitioned_ids = stream->partitioned_ids();
  header.base_offset = begin->part->base_offset;
  header.count = begin->part->count;
  header.ids = begin->request->IdsOf(*begin->part);
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
      for (const IdRun& run : p->request->IdsOf(*p->part)) AppendRun(&header.ids, run);
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
    EncodeLogReference(header, location, chunk.bytes().size(), &scratch_);
    batch_.Put(Family::kLog, log_key.view(), chunk.bytes());
    batch_.Put(Family::kDir, dir_key.view(), scratch_);
  }
}

}  // namespace evlog
