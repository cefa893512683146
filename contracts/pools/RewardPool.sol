// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Sweepable} from "../Sweepable.sol";
import {IRewardPool} from "../interfaces/IRewardPool.sol";
import {Bounds} from "../libraries/Bounds.sol";

/// @title RewardPool
contract RewardPool is IRewardPool, Sweepable, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev Rewards and their epoch, in three slots.
    struct Published {
        bytes32 root;
        bytes32 leavesHash;
        uint128 total;
        uint40 activeAt;
        uint64 epoch;
    }

    /// @inheritdoc IRewardPool
    IERC20 public immutable token;
    /// @inheritdoc IRewardPool
    uint40 public immutable epochLength;
    /// @inheritdoc IRewardPool
    uint40 public immutable challengeTime;
    /// @inheritdoc IRewardPool
    uint256 public immutable maximumEpochCap;

    /// @inheritdoc IRewardPool
    uint256 public epochCap;
    /// @inheritdoc IRewardPool
    uint256 public totalClaimed;
    /// @inheritdoc IRewardPool
    mapping(address account => uint256) public claimedOf;
    /// @dev `_last` is in force once its challenge time is over; until then `_settled` is.
    Published private _last;
    Published private _settled;

    constructor(
        address authority,
        IERC20 token_,
        uint40 epochLength_,
        uint40 challengeTime_,
        uint256 maximumEpochCap_,
        uint256 initialEpochCap
    ) AccessManaged(authority) {
        _requireWithin(epochLength_, Bounds.MINIMUM_EPOCH, Bounds.MAXIMUM_EPOCH);
        _requireWithin(challengeTime_, Bounds.MINIMUM_CHALLENGE, Bounds.MAXIMUM_CHALLENGE);
        token = token_;
        epochLength = epochLength_;
        challengeTime = challengeTime_;
        maximumEpochCap = maximumEpochCap_;
        _setEpochCap(initialEpochCap, maximumEpochCap_);
    }

    /// @inheritdoc IRewardPool
    function publish(bytes32 root, uint256 total, bytes32 leavesHash, string calldata uri)
        external
        restricted
        nonReentrant
    {
        Published memory last = _last;
        if (_isPending(last)) revert StillPending(last.activeAt);
        uint256 epoch = currentEpoch();
        if (last.activeAt != 0 && epoch <= last.epoch) revert EpochAlreadyPublished(epoch);
        uint256 maximum = last.total + epochCap;
        if (total < last.total || total > maximum) revert TotalOutOfBounds(total, last.total, maximum);
        uint256 held = token.balanceOf(address(this));
        if (total - totalClaimed > held) revert FundsTooLow(total - totalClaimed, held);

        uint40 activeAt = uint40(block.timestamp) + challengeTime;
        _settled = last;
        _last = Published(root, leavesHash, total.toUint128(), activeAt, uint64(epoch));
        emit RewardsPublished(epoch, root, total, leavesHash, uri, activeAt);
    }

    /// @inheritdoc IRewardPool
    function veto() external restricted {
        Published memory last = _last;
        if (!_isPending(last)) revert NothingToVeto();

        _last = _settled;
        emit RewardsVetoed(last.epoch, last.root);
    }

    /// @inheritdoc IRewardPool
    function claim(address recipient, uint256 cumulative, bytes32[] calldata proof)
        external
        nonReentrant
        returns (uint256)
    {
        return _claim(msg.sender, recipient, cumulative, proof);
    }

    /// @inheritdoc IRewardPool
    function claimFor(address account, uint256 cumulative, bytes32[] calldata proof)
        external
        nonReentrant
        returns (uint256)
    {
        return _claim(account, account, cumulative, proof);
    }

    /// @inheritdoc IRewardPool
    function setEpochCap(uint256 cap) external restricted {
        _setEpochCap(cap, maximumEpochCap);
    }

    /// @inheritdoc IRewardPool
    function rewards() external view returns (Rewards memory) {
        return _rewardsOf(_inForce());
    }

    /// @inheritdoc IRewardPool
    function pendingRewards() external view returns (Rewards memory pending) {
        if (_isPending(_last)) pending = _rewardsOf(_last);
    }

    /// @inheritdoc IRewardPool
    function unallocated() external view returns (uint256) {
        return Math.saturatingSub(token.balanceOf(address(this)), owed());
    }

    /// @inheritdoc IRewardPool
    function leafOf(address account, uint256 cumulative) public view returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(block.chainid, address(this), account, cumulative))));
    }

    /// @inheritdoc IRewardPool
    function owed() public view returns (uint256) {
        return _last.total - totalClaimed;
    }

    /// @inheritdoc IRewardPool
    function currentEpoch() public view returns (uint256) {
        return block.timestamp / epochLength;
    }

    function _heldToken() internal view override returns (IERC20) {
        return token;
    }

    function _claim(address account, address recipient, uint256 cumulative, bytes32[] calldata proof)
        private
        returns (uint256 amount)
    {
        if (recipient == address(0) || recipient == address(this)) revert RecipientInvalid(recipient);
        Published storage inForce = _inForce();
        if (!MerkleProof.verifyCalldata(proof, inForce.root, leafOf(account, cumulative))) revert ProofInvalid();
        uint256 claimed = claimedOf[account];
        if (cumulative <= claimed) revert NothingToClaim(account);
        amount = cumulative - claimed;
        uint256 claimedByAll = totalClaimed + amount;
        if (claimedByAll > inForce.total) revert ClaimsAboveTotal(claimedByAll, inForce.total);

        claimedOf[account] = cumulative;
        totalClaimed = claimedByAll;
        emit Claimed(account, recipient, amount, cumulative, claimedByAll);
        token.safeTransfer(recipient, amount);
    }

    function _isPending(Published memory published) private view returns (bool) {
        return block.timestamp < published.activeAt;
    }

    function _inForce() private view returns (Published storage) {
        return block.timestamp < _last.activeAt ? _settled : _last;
    }

    function _rewardsOf(Published memory published) private pure returns (Rewards memory) {
        return Rewards(published.root, published.total, published.leavesHash, published.activeAt);
    }

    function _setEpochCap(uint256 cap, uint256 maximum) private {
        _requireWithin(cap, 0, maximum);
        epochCap = cap;
        emit EpochCapChanged(cap);
    }

    function _requireWithin(uint256 value, uint256 minimum, uint256 maximum) private pure {
        if (value < minimum || value > maximum) revert ParameterOutOfBounds(value, minimum, maximum);
    }
}
