// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {Vm} from "forge-std/Vm.sol";
import {IGate} from "../../contracts/interfaces/IGate.sol";
import {IMembership} from "../../contracts/interfaces/IMembership.sol";
import {IMembershipRegistry} from "../../contracts/interfaces/IMembershipRegistry.sol";
import {IOperationPool} from "../../contracts/interfaces/IOperationPool.sol";
import {IReferencePrice} from "../../contracts/interfaces/IReferencePrice.sol";
import {IRewardPool} from "../../contracts/interfaces/IRewardPool.sol";
import {IStaking} from "../../contracts/interfaces/IStaking.sol";
import {IStakingPool} from "../../contracts/interfaces/IStakingPool.sol";
import {ISweepable} from "../../contracts/interfaces/ISweepable.sol";

/// @dev The public state as an indexer sees it: it reads logs and never asks a contract. Events carry the state after the
/// change, so it takes over and adds nothing up, except income and spending, which are flows, and token transfers.
/// An event that it does not know is an error, as in the indexer.
contract EventMirror {
    error EventUnknown(address emitter, bytes32 topic);
    error PartsDoNotAddUp(uint256 amount, uint256 parts);
    error FeeIsNotWhatWasPaid(uint256 fee, uint256 costAndCredit);
    error BoughtBelowTheBand(uint256 amount, uint256 minimum);
    error NonceUsedTwice(address account, uint256 nonce);

    address public immutable token;
    address public immutable staking;
    mapping(address emitter => bool) public isOurs;

    mapping(address account => IMembership.Account) private _memberships;
    mapping(address payer => mapping(uint256 nonce => IMembership.MandateState)) private _mandates;
    mapping(address account => uint256) public costPaidFor;
    mapping(address account => mapping(uint256 nonce => bool)) public nonceUsed;
    mapping(IMembership.Tier => uint256) public fee;
    uint16[3] public split;
    // What was paid, and its parts.
    uint256 public paid;
    uint256 public paidToRewardPool;
    uint256 public paidToOperationPool;
    uint256 public paidToStakingPool;

    mapping(address account => IStaking.Stake) private _stakes;
    mapping(address account => mapping(uint32 id => IStaking.UnstakeRequest)) private _requests;
    uint256 public totalStaked;
    uint256 public totalUnstaking;
    uint40 public cooldown;
    IStaking.Level[] private _levels;
    mapping(address account => bool) public isIdle;
    uint256 public totalAccruing;
    uint256 public rewardsOwed;
    uint256 public rewardRate;
    uint256 public rewardsFunded;
    uint256 public rewardsClaimed;
    uint256 public rewardsPaidOut;

    IMembershipRegistry.Entry[] private _registered;

    uint256 public price;
    uint40 public postedAt;
    uint256[2] public band;
    uint16 public maximumMove;
    uint40 public maximumAge;

    mapping(IOperationPool.Purpose => uint256) public budget;
    mapping(IOperationPool.Purpose => mapping(uint256 epoch => uint256)) public spentIn;
    uint256 public spent;

    IStakingPool.Recipient[] private _recipients;
    uint16 public releaseShare;
    uint256 public lastReleasedEpoch;
    uint256 public released;

    // The sets that were published and not vetoed, in order.
    IRewardPool.Rewards[] private _published;
    mapping(address account => uint256) public claimedOf;
    uint256 public totalClaimed;
    uint256 public epochCap;

    mapping(address emitter => bool) public paused;
    mapping(address emitter => bool) public retired;
    mapping(address account => uint256) public balance;

    constructor(address token_, address staking_, address[] memory contracts) {
        token = token_;
        staking = staking_;
        for (uint256 i; i < contracts.length; ++i) {
            isOurs[contracts[i]] = true;
        }
    }

    function read(Vm.Log[] calldata logs) external {
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter == token) _readToken(logs[i]);
            if (!isOurs[logs[i].emitter]) continue;
            bool known = _readMembership(logs[i]) || _readStaking(logs[i]) || _readPrice(logs[i])
                || _readOperationPool(logs[i]) || _readStakingPool(logs[i]) || _readRewardPool(logs[i])
                || _readMandate(logs[i]) || _readRewards(logs[i]) || _readCommon(logs[i]);
            if (!known) revert EventUnknown(logs[i].emitter, logs[i].topics[0]);
        }
    }

    function membershipOf(address account) external view returns (IMembership.Account memory) {
        return _memberships[account];
    }

    /// @dev What IMembership.Account says of the standing at a later time.
    function standingAt(address account, uint256 time) external view returns (IMembership.Tier, uint40) {
        IMembership.Account memory held = _memberships[account];
        if (time < held.end) return (held.tier, held.since);
        if (held.nextTier != IMembership.Tier.Light && time < uint256(held.end) + held.nextDuration) {
            return (held.nextTier, held.end);
        }
        return (IMembership.Tier.Light, 0);
    }

    function stakeOf(address account) external view returns (IStaking.Stake memory) {
        return _stakes[account];
    }

    function requestOf(address account, uint32 id) external view returns (IStaking.UnstakeRequest memory) {
        return _requests[account][id];
    }

    function mandateOf(address payer, uint256 nonce) external view returns (IMembership.MandateState memory) {
        return _mandates[payer][nonce];
    }

    function registered() external view returns (IMembershipRegistry.Entry[] memory) {
        return _registered;
    }

    function levels() external view returns (IStaking.Level[] memory) {
        return _levels;
    }

    function recipients() external view returns (IStakingPool.Recipient[] memory) {
        return _recipients;
    }

    /// @dev The last set, and the one before it when the last is still in its challenge time.
    function rewardsAt(uint256 time)
        external
        view
        returns (IRewardPool.Rewards memory inForce, IRewardPool.Rewards memory pending)
    {
        uint256 count = _published.length;
        if (count == 0) return (inForce, pending);
        if (time >= _published[count - 1].activeAt) return (_published[count - 1], pending);
        pending = _published[count - 1];
        if (count > 1) inForce = _published[count - 2];
    }

    function _readToken(Vm.Log calldata log) private {
        if (log.topics[0] != IERC20.Transfer.selector) return;
        uint256 amount = abi.decode(log.data, (uint256));
        address from = _address(log.topics[1]);
        if (from != address(0)) balance[from] -= amount;
        balance[_address(log.topics[2])] += amount;
    }

    function _readMembership(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        if (topic == IMembership.MembershipChanged.selector) {
            _memberships[_address(log.topics[1])] = abi.decode(log.data, (IMembership.Account));
        } else if (topic == IMembership.Paid.selector) {
            _readPaid(_address(log.topics[2]), log.data);
        } else if (topic == IMembership.NonceUsed.selector) {
            (address account, uint256 nonce) = (_address(log.topics[1]), abi.decode(log.data, (uint256)));
            if (nonceUsed[account][nonce]) revert NonceUsedTwice(account, nonce);
            nonceUsed[account][nonce] = true;
        } else if (topic == IMembership.FeeChanged.selector) {
            (IMembership.Tier tier, uint256 newFee) = abi.decode(log.data, (IMembership.Tier, uint256));
            fee[tier] = newFee;
        } else if (topic == IMembership.SplitChanged.selector) {
            split = abi.decode(log.data, (uint16[3]));
        } else {
            return false;
        }
        return true;
    }

    function _readPaid(address beneficiary, bytes calldata data) private {
        // Tier, periods, cost, credit, amount, and its three parts.
        uint256[8] memory words = abi.decode(data, (uint256[8]));
        (uint256 cost, uint256 credit, uint256 amount) = (words[2], words[3], words[4]);
        uint256 whole = fee[IMembership.Tier(words[0])] * words[1];
        if (cost + credit != whole) revert FeeIsNotWhatWasPaid(whole, cost + credit);
        if (amount < cost * band[0] / 1e18) revert BoughtBelowTheBand(amount, cost * band[0] / 1e18);
        uint256 parts = words[5] + words[6] + words[7];
        if (amount != parts) revert PartsDoNotAddUp(amount, parts);
        costPaidFor[beneficiary] += cost;
        paid += amount;
        paidToRewardPool += words[5];
        paidToOperationPool += words[6];
        paidToStakingPool += words[7];
    }

    function _readMandate(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        if (topic == IMembership.MandateOpened.selector) {
            (uint256 nonce, IMembership.Mandate memory mandate) = _mandateIn(log);
            _mandates[mandate.payer][nonce].fingerprint = bytes20(IMembership(log.emitter).hashMandate(mandate));
        } else if (topic == IMembership.MandateCharged.selector) {
            (uint256 nonce, uint16 charged, uint40 chargedAt) = abi.decode(log.data, (uint256, uint16, uint40));
            IMembership.MandateState storage made = _mandates[_address(log.topics[1])][nonce];
            (made.charged, made.chargedAt) = (charged, chargedAt);
        } else if (topic == IMembership.MandateEnded.selector) {
            _mandates[_address(log.topics[1])][abi.decode(log.data, (uint256))].ended = true;
        } else {
            return false;
        }
        return true;
    }

    /// @dev The mandate as its opening states it: enough to renew it.
    function _mandateIn(Vm.Log calldata log) private pure returns (uint256 nonce, IMembership.Mandate memory mandate) {
        (mandate.payer, mandate.beneficiary) = (_address(log.topics[1]), _address(log.topics[2]));
        (
            mandate.nonce,
            mandate.tier,
            mandate.periods,
            mandate.maxCost,
            mandate.maxAmount,
            mandate.deadline,
            mandate.expiry
        ) = abi.decode(log.data, (uint256, IMembership.Tier, uint16, uint256, uint256, uint256, uint256));
        nonce = mandate.nonce;
    }

    function _readStaking(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        if (topic == IStaking.Staked.selector) {
            IStaking.Stake storage held = _stakes[_address(log.topics[1])];
            uint256 before = held.amount;
            (, held.amount, held.heldSince, totalStaked) = abi.decode(log.data, (uint256, uint128, uint40, uint256));
            if (!isIdle[_address(log.topics[1])]) totalAccruing += held.amount - before;
        } else if (topic == IStaking.UnstakeRequested.selector) {
            _readRequest(_address(log.topics[1]), log.data);
        } else if (topic == IStaking.Withdrawn.selector) {
            (uint32 id,, uint256 left) = abi.decode(log.data, (uint32, uint256, uint256));
            delete _requests[_address(log.topics[1])][id];
            totalUnstaking = left;
        } else if (topic == IStaking.CooldownChanged.selector) {
            cooldown = abi.decode(log.data, (uint40));
        } else if (topic == IStaking.LevelsChanged.selector) {
            _readLevels(abi.decode(log.data, (IStaking.Level[])));
        } else {
            return false;
        }
        return true;
    }

    function _readRequest(address account, bytes calldata data) private {
        IStaking.Stake storage held = _stakes[account];
        uint32 id;
        uint128 amount;
        uint40 releaseAt;
        uint256 before = held.amount;
        (id, amount, releaseAt, held.amount, held.heldSince, totalStaked, totalUnstaking) =
            abi.decode(data, (uint32, uint128, uint40, uint128, uint40, uint256, uint256));
        held.requests = id + 1;
        if (!isIdle[account]) totalAccruing -= before - held.amount;
        _requests[account][id] = IStaking.UnstakeRequest(amount, releaseAt);
    }

    function _readRewards(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        if (topic == IStaking.RewardsFunded.selector) {
            uint256 amount;
            (amount, rewardRate,, rewardsOwed) = abi.decode(log.data, (uint256, uint256, uint40, uint256));
            rewardsFunded += amount;
        } else if (topic == IStaking.RewardsClaimed.selector) {
            uint256 amount;
            (amount, rewardsOwed) = abi.decode(log.data, (uint256, uint256));
            rewardsClaimed += amount;
            // What is compounded stays here, as principal.
            if (_address(log.topics[2]) != staking) rewardsPaidOut += amount;
        } else if (topic == IStaking.AccrualChanged.selector) {
            bool accruing;
            (accruing, totalAccruing) = abi.decode(log.data, (bool, uint256));
            isIdle[_address(log.topics[1])] = !accruing;
        } else {
            return false;
        }
        return true;
    }

    function _readLevels(IStaking.Level[] memory list) private {
        delete _levels;
        for (uint256 i; i < list.length; ++i) {
            _levels.push(list[i]);
        }
    }

    function _readPrice(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        if (topic == IReferencePrice.PricePosted.selector) {
            (price, postedAt) = abi.decode(log.data, (uint256, uint40));
        } else if (topic == IReferencePrice.BandChanged.selector) {
            band = abi.decode(log.data, (uint256[2]));
        } else if (topic == IReferencePrice.MaximumMoveChanged.selector) {
            maximumMove = abi.decode(log.data, (uint16));
        } else if (topic == IReferencePrice.MaximumAgeChanged.selector) {
            maximumAge = abi.decode(log.data, (uint40));
        } else {
            return false;
        }
        return true;
    }

    function _readOperationPool(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        if (topic != IOperationPool.Spent.selector && topic != IOperationPool.BudgetChanged.selector) return false;
        IOperationPool.Purpose purpose = IOperationPool.Purpose(uint256(log.topics[1]));
        if (topic == IOperationPool.BudgetChanged.selector) {
            budget[purpose] = abi.decode(log.data, (uint256));
        } else {
            (uint256 amount, uint256 epoch, uint256 inEpoch) = abi.decode(log.data, (uint256, uint256, uint256));
            spentIn[purpose][epoch] = inEpoch;
            spent += amount;
        }
        return true;
    }

    function _readStakingPool(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        if (topic == IStakingPool.Released.selector) {
            (uint256 amount,) = abi.decode(log.data, (uint256, uint256));
            lastReleasedEpoch = uint256(log.topics[1]);
            released += amount;
        } else if (topic == IStakingPool.RecipientPaid.selector || topic == IStakingPool.RecipientRefused.selector) {
            return true; // `Released` has the sum
        } else if (topic == IStakingPool.RecipientsChanged.selector) {
            IStakingPool.Recipient[] memory list = abi.decode(log.data, (IStakingPool.Recipient[]));
            delete _recipients;
            for (uint256 i; i < list.length; ++i) {
                _recipients.push(list[i]);
            }
        } else if (topic == IStakingPool.ReleaseShareChanged.selector) {
            releaseShare = abi.decode(log.data, (uint16));
        } else {
            return false;
        }
        return true;
    }

    function _readRewardPool(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        if (topic == IRewardPool.RewardsPublished.selector) {
            (bytes32 root, uint256 total, bytes32 leavesHash,, uint40 activeAt) =
                abi.decode(log.data, (bytes32, uint256, bytes32, string, uint40));
            _published.push(IRewardPool.Rewards(root, total, leavesHash, activeAt));
        } else if (topic == IRewardPool.RewardsVetoed.selector) {
            _published.pop();
        } else if (topic == IRewardPool.Claimed.selector) {
            (, claimedOf[_address(log.topics[1])], totalClaimed) = abi.decode(log.data, (uint256, uint256, uint256));
        } else if (topic == IRewardPool.EpochCapChanged.selector) {
            epochCap = abi.decode(log.data, (uint256));
        } else {
            return false;
        }
        return true;
    }

    function _readCommon(Vm.Log calldata log) private returns (bool) {
        bytes32 topic = log.topics[0];
        if (topic == Pausable.Paused.selector) paused[log.emitter] = true;
        else if (topic == Pausable.Unpaused.selector) paused[log.emitter] = false;
        else if (topic == IGate.Retired.selector) retired[log.emitter] = true;
        else if (topic == IMembershipRegistry.MembershipAppended.selector) _readEntry(log);
        else return topic == IAccessManaged.AuthorityUpdated.selector || topic == ISweepable.Swept.selector;
        return true;
    }

    function _readEntry(Vm.Log calldata log) private {
        IMembership membership = IMembership(_address(log.topics[2]));
        _registered.push(IMembershipRegistry.Entry(membership, abi.decode(log.data, (uint40))));
    }

    function _address(bytes32 topic) private pure returns (address) {
        return address(uint160(uint256(topic)));
    }
}
