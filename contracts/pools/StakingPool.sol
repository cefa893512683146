// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Sweepable} from "../Sweepable.sol";
import {IStakingPool} from "../interfaces/IStakingPool.sol";
import {Bounds} from "../libraries/Bounds.sol";

/// @title StakingPool
contract StakingPool is IStakingPool, Sweepable, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IStakingPool
    IERC20 public immutable token;
    /// @inheritdoc IStakingPool
    uint40 public immutable epochLength;

    /// @inheritdoc IStakingPool
    uint16 public releaseShare;
    /// @inheritdoc IStakingPool
    uint256 public lastReleasedEpoch;
    Recipient[] private _recipients;

    constructor(
        address authority,
        IERC20 token_,
        uint40 epochLength_,
        uint16 initialReleaseShare,
        Recipient[] memory initialRecipients
    ) AccessManaged(authority) {
        if (epochLength_ < Bounds.MINIMUM_EPOCH || epochLength_ > Bounds.MAXIMUM_EPOCH) {
            revert ParameterOutOfBounds(epochLength_, Bounds.MINIMUM_EPOCH, Bounds.MAXIMUM_EPOCH);
        }
        token = token_;
        epochLength = epochLength_;
        _setReleaseShare(initialReleaseShare);
        _setRecipients(initialRecipients);
    }

    /// @inheritdoc IStakingPool
    function release() external nonReentrant returns (uint256 amount) {
        uint256 epoch = currentEpoch();
        if (epoch <= lastReleasedEpoch) revert EpochAlreadyReleased(epoch);
        uint256 due = token.balanceOf(address(this)) * releaseShare / Bounds.BASIS_POINTS;
        if (due == 0) revert NothingToRelease();

        lastReleasedEpoch = epoch;
        amount = _send(epoch, due);
        if (amount == 0) revert AllRefused(epoch);
        // Only now is it known what left.
        emit Released(epoch, amount, token.balanceOf(address(this)));
    }

    /// @inheritdoc IStakingPool
    function setRecipients(Recipient[] calldata newRecipients) external restricted {
        _setRecipients(newRecipients);
    }

    /// @inheritdoc IStakingPool
    function setReleaseShare(uint16 newShare) external restricted {
        _setReleaseShare(newShare);
    }

    /// @inheritdoc IStakingPool
    function recipients() external view returns (Recipient[] memory) {
        return _recipients;
    }

    /// @inheritdoc IStakingPool
    function currentEpoch() public view returns (uint256) {
        return block.timestamp / epochLength;
    }

    function _heldToken() internal view override returns (IERC20) {
        return token;
    }

    /// @dev The last recipient gets what rounding leaves.
    function _send(uint256 epoch, uint256 due) private returns (uint256 paid) {
        Recipient[] memory list = _recipients;
        uint256 left = due;
        for (uint256 index; index < list.length; ++index) {
            uint256 part = index == list.length - 1 ? left : due * list[index].share / Bounds.BASIS_POINTS;
            left -= part;
            if (part != 0) paid += _pay(epoch, list[index].account, part);
        }
    }

    function _pay(uint256 epoch, address account, uint256 part) private returns (uint256 paid) {
        if (token.trySafeTransfer(account, part)) {
            emit RecipientPaid(epoch, account, part);
            return part;
        }
        emit RecipientRefused(epoch, account, part);
    }

    function _setRecipients(Recipient[] memory list) private {
        if (list.length == 0 || list.length > Bounds.MAXIMUM_RECIPIENTS) revert RecipientsInvalid(list.length);
        delete _recipients;
        uint256 sum;
        for (uint256 index; index < list.length; ++index) {
            Recipient memory recipient = list[index];
            if (recipient.account == address(0) || recipient.account == address(this) || recipient.share == 0) {
                revert RecipientsInvalid(index);
            }
            sum += recipient.share;
            _recipients.push(recipient);
        }
        if (sum != Bounds.BASIS_POINTS) revert RecipientsInvalid(list.length);
        emit RecipientsChanged(list);
    }

    function _setReleaseShare(uint16 newShare) private {
        if (newShare > Bounds.BASIS_POINTS) revert ParameterOutOfBounds(newShare, 0, Bounds.BASIS_POINTS);
        releaseShare = newShare;
        emit ReleaseShareChanged(newShare);
    }
}
