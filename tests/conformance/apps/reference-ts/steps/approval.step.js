export const config = {
  type: 'noop',
  name: 'ManualApproval',
  virtualEmits: ['approved', 'rejected'],
  virtualSubscribes: ['approval.requested'],
  description: 'Manager approval gate',
  flows: ['approvals'],
}
