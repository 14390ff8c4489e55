#include "groups/joint_commit.h"

#include <algorithm>
#include <utility>

#include "groups/loaded_group_part.h"
#include "log/base/status.h"

namespace evlog {

absl::Status CommitWithAcks(std::vector<GroupAck> acks, Committer* committer, Request* request,
                            std::vector<uint64_t>* counts) {
  // All groups are locked at once, always in the same order; a group that comes twice, once.
  std::stable_sort(acks.begin(), acks.end(), [](const GroupAck& a, const GroupAck& b) {
    return a.group.get() < b.group.get();
  });
  counts->assign(acks.size(), 0);
  RequestList lead;
  {
    std::vector<std::unique_ptr<LoadedGroup::Part>> parts;
    for (const GroupAck& ack : acks) {
      if (parts.empty() || parts.back()->group() != ack.group.get()) {
        parts.push_back(std::make_unique<LoadedGroup::Part>(ack.group.get()));
      }
      RETURN_IF_ERROR(parts.back()->Add(ack, &counts->at(ack.number)));
    }
    for (const auto& part : parts) part->Write(request);
    const absl::Status queued = committer->Queue(request, &lead);
    if (!queued.ok()) {
      for (const auto& part : parts) part->Failed();
      return queued;
    }
  }
  const absl::Status status = committer->Finish(request, std::move(lead));
  for (const GroupAck& ack : acks) ack.group->Joined(status);
  return status;
}

}  // namespace evlog
